import Foundation
import Storage
import VisageCore

/// The folder of what `visage-fleet` keeps, which one process at a time uses.
package final class FleetFolder {
    package let url: URL
    private let lock: Int32
    private var saved: StreamPlace?

    /// - Throws: `VisageError` (unwritable, inUse).
    package init(_ url: URL) throws {
        self.url = url
        // Once all properties are set, an error runs `deinit` as well, which closes the file.
        try DurableFile.makeFolder(url, mode: 0o700)
        let lockFile = url.appending(path: "lock").path
        let lock = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw VisageError(.unwritable, "\(lockFile) cannot be written", cause: String(cString: strerror(errno)))
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw VisageError(.inUse, "Another visage-fleet uses \(url.path): stop it, or set another `fleet.state`")
        }
        self.lock = lock
        DurableFile.clearUnfinished(in: url, prefix: file.lastPathComponent)
    }

    deinit { close(lock) }

    private var file: URL { url.appending(path: "events.json") }

    /// The place of an earlier run: needed only if the stream has lost all of its messages since. nil if there is none.
    package func place() -> StreamPlace? {
        (try? BoundedFile.read(file, limit: 65_536)).flatMap { try? JSONDecoder().decode(StreamPlace.self, from: $0) }
    }

    /// - Throws: `VisageError` (unwritable).
    package func save(_ place: StreamPlace) throws {
        guard place != saved else { return }
        try DurableFile.replace(try JSONEncoder().encode(place), at: file)
        saved = place
    }
}
