import Foundation
import Storage
import VisageCore

/// Where a gallery is made before it takes its place, and where the old one goes then: a hidden folder beside it, of this
/// process alone.
package struct UnfinishedGallery {
    let url: URL
    private let parent: URL
    private let prefix: String

    package init(of gallery: URL) {
        parent = gallery.deletingLastPathComponent()
        prefix = ".\(gallery.lastPathComponent).new-"
        url = parent.appending(path: "\(prefix)\(getpid())", directoryHint: .isDirectory)
    }

    /// Makes it, empty, once the others are cleared away.
    /// - Throws: `VisageError` (unwritable).
    func make() throws {
        let files = FileManager.default
        try DurableFile.makeFolder(parent)
        do {
            try clear()
            try files.createDirectory(
                at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw VisageError(.unwritable, "\(parent.path) cannot be written", cause: error.systemReason)
        }
    }

    /// Removes the galleries, new or old, that processes which were killed have left.
    package func clear() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: parent.path) where isLeftOver(name) {
            try FileManager.default.removeItem(at: parent.appending(path: name))
        }
    }

    /// - Throws: `VisageError` (unwritable).
    func remove() throws { try DurableFile.remove(url) }

    private func isLeftOver(_ name: String) -> Bool {
        guard name.hasPrefix(prefix), let process = Int32(name.dropFirst(prefix.count)), process > 0 else {
            return false
        }
        return process == getpid() || (kill(process, 0) != 0 && errno == ESRCH)
    }
}
