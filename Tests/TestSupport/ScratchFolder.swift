import Foundation

/// A folder of its own for one test, gone when the last reference is.
public final class ScratchFolder: Sendable {
    public let url: URL

    public init() throws {
        // Short: paths of Unix sockets end at 107 bytes.
        let name = "visage-" + UUID().uuidString.prefix(8).lowercased()
        url = URL(filePath: NSTemporaryDirectory()).appending(path: name, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public func file(_ name: String) -> URL { url.appending(path: name) }
}
