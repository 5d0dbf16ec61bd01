import Foundation
import Imaging
import Storage
import VisageCore

/// A person's folder among the faces, as `visage capture` fills it: goes on after the photos that are there.
public struct EnrollmentFolder {
    private static let prefix = "capture-"

    public let folder: URL
    /// Photos that were captured into it, by number.
    public private(set) var photos: [Int: URL]
    private let scaler = Scaler()

    /// - Throws: `VisageError`: `.usage` for a name that nobody can have, `.unwritable` if it cannot be made.
    public init(faces: URL, name: String) throws {
        try PersonName.check(name)
        folder = faces.appending(path: name, directoryHint: .isDirectory)
        // Faces are biometric data.
        try DurableFile.makeFolder(folder, mode: 0o700)
        DurableFile.clearUnfinished(in: folder, prefix: Self.prefix)
        do {
            photos = Dictionary(
                try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                    .compactMap { file in Self.number(file).map { ($0, file) } }, uniquingKeysWith: { one, _ in one })
        } catch {
            throw VisageError(.unwritable, "\(folder.path) cannot be used", cause: error.systemReason)
        }
    }

    /// Adds the face with what is around it.
    /// - Throws: `VisageError` (unwritable, engine).
    public mutating func add(_ face: Face, of picture: PixelBuffer) throws {
        guard let part = picture.part(EnrollmentPhoto.surroundings(of: face)) else { return }
        let bytes = try Photo.encode(part, as: .jpeg, quality: 95, scaler: scaler)
        let number = (photos.keys.max() ?? 0) + 1
        let file = folder.appending(path: Self.prefix + String(format: "%04d.jpg", number))
        try DurableFile.replace(Data(bytes), at: file)
        photos[number] = file
    }

    private static func number(_ file: URL) -> Int? {
        let name = file.lastPathComponent
        guard name.hasPrefix(prefix), name.hasSuffix(".jpg") else { return nil }
        return Int(name.dropFirst(prefix.count).dropLast(4))
    }
}
