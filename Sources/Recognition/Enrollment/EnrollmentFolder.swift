import Foundation
import Imaging
import VisageCore

/// A person's folder among the faces, as `visage capture` fills it: goes on after the photos that are there.
public struct EnrollmentFolder {
    private static let prefix = "capture-"

    public let folder: URL
    /// Photos that were captured into it, by number.
    public private(set) var photos: [Int: URL]
    private let scaler = Scaler()

    /// - Throws: `VisageError`: `.usage` for a name that no folder can have, `.unwritable` if it cannot be made.
    public init(faces: URL, name: String) throws {
        try Self.check(name)
        folder = faces.appending(path: name, directoryHint: .isDirectory)
        do {
            // Faces are biometric data.
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            photos = Dictionary(
                try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                    .compactMap { file in Self.number(file).map { ($0, file) } }, uniquingKeysWith: { one, _ in one })
        } catch {
            throw VisageError(.unwritable, "\(folder.path) cannot be used", cause: error.localizedDescription)
        }
    }

    /// - Throws: `VisageError` (usage) for a name that no folder can have.
    public static func check(_ name: String) throws {
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), name.utf8.count <= 200,
            name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw VisageError(.usage, "`\(name)` cannot be a person's folder: no /, and no . at its beginning") }
    }

    /// Adds the face with what is around it.
    /// - Throws: `VisageError` (unwritable, engine).
    public mutating func add(_ face: Face, of picture: PixelBuffer) throws {
        guard let part = picture.part(EnrollmentPhoto.surroundings(of: face)) else { return }
        let bytes = try Photo.encode(part, as: .jpeg, quality: 95, scaler: scaler)
        let number = (photos.keys.max() ?? 0) + 1
        let file = folder.appending(path: Self.prefix + String(format: "%04d.jpg", number))
        // Whole or not at all.
        let unfinished = file.appendingPathExtension("part")
        defer { unlink(unfinished.path) }
        try PrivateFile.write(Data(bytes), to: unfinished)
        guard rename(unfinished.path, file.path) == 0 else {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        photos[number] = file
    }

    private static func number(_ file: URL) -> Int? {
        let name = file.lastPathComponent
        guard name.hasPrefix(prefix), name.hasSuffix(".jpg") else { return nil }
        return Int(name.dropFirst(prefix.count).dropLast(4))
    }
}
