import Foundation
import Storage
import VisageCore

/// Photos that were uploaded and are not among anybody's yet: files with names of our own in a folder that only this user
/// reads. Nothing is decoded here.
public actor Uploads {
    /// Bytes of one photo, as `visage` takes them.
    public static let maxBytes = 48 << 20
    /// Photos, and their bytes, that wait at the same time.
    public static let maxCount = 100
    public static let maxTotal = 512 << 20
    /// An upload that was not used within this time is removed.
    private static let lifetime = Duration.seconds(3600)

    private let folder: URL
    private var files: [String: (url: URL, bytes: Int, made: MonotonicTime)] = [:]

    /// - Parameter folder: where uploads are stored. Files that an earlier run left there are deleted.
    public init(_ folder: URL) { self.folder = folder }

    private var isReady = false

    private func prepare() throws {
        guard !isReady else { return }
        try DurableFile.remove(folder)
        try DurableFile.makeFolder(folder, mode: 0o700)
        isReady = true
    }

    /// - Returns: a name for it.
    /// - Throws: `VisageError` (unreadable) for one that is no picture by its first bytes, (inUse) if too many wait,
    ///   (unwritable).
    public func add(_ photo: Data) throws -> String {
        try prepare()
        let now = MonotonicTime.now
        for (name, file) in files where now - file.made > Self.lifetime { remove([name]) }
        guard let kind = PictureKind(photo) else {
            throw VisageError(.usage, "This is no picture of a kind that can be used: JPEG, PNG, WebP, TIFF or BMP")
        }
        guard photo.count <= Self.maxBytes else {
            throw VisageError(.usage, "This photo has more than \(Self.maxBytes >> 20) MiB: make it smaller")
        }
        guard files.count < Self.maxCount, files.values.reduce(photo.count, { $0 + $1.bytes }) <= Self.maxTotal else {
            throw VisageError(.inUse, "Too many photos wait to be added: add these first")
        }
        let name = (0..<16).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
        let file = folder.appending(path: "\(name).\(kind.rawValue)")
        try DurableFile.replace(photo, at: file)
        files[name] = (file, photo.count, now)
        return name
    }

    /// The files of uploads, which are no longer waiting: the caller removes them.
    /// - Throws: `VisageError` (notFound) if one of them is not there.
    public func take(_ names: [String]) throws -> [URL] {
        guard !names.isEmpty, Set(names).count == names.count, names.allSatisfy({ files[$0] != nil }) else {
            throw VisageError(.notFound, "A photo is no longer there: upload it again")
        }
        return names.compactMap { files.removeValue(forKey: $0)?.url }
    }

    private func remove(_ names: [String]) {
        for name in names { if let file = files.removeValue(forKey: name) { unlink(file.url.path) } }
    }
}

/// What kind of picture a file says that it is, by its first bytes.
public enum PictureKind: String, Sendable {
    case jpg, png, webp, tif, bmp

    public init?(_ data: Data) {
        let head = [UInt8](data.prefix(12))
        func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpg
        } else if begins([0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if begins(Array("RIFF".utf8)), head.dropFirst(8).elementsEqual(Array("WEBP".utf8)) {
            self = .webp
        } else if begins([0x49, 0x49, 0x2A, 0]) || begins([0x4D, 0x4D, 0, 0x2A]) {
            self = .tif
        } else if begins(Array("BM".utf8)) {
            self = .bmp
        } else {
            return nil
        }
    }

    /// As HTTP names it.
    public var mediaType: String {
        switch self {
        case .jpg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .tif: "image/tiff"
        case .bmp: "image/bmp"
        }
    }
}
