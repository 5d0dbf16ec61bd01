import Foundation
import Storage
import VisageCore

/// The place in the events and what the broker retains for us, on disk.
package final class PlaceFile {
    /// What is kept.
    package struct Content: Codable, Equatable {
        package var schema = 1
        package var place = Place()
        /// Topics under which the broker may have something of ours. One is here before anything is sent to it.
        package var retained: Set<String> = []

        package init() {}

        init(place: Place, retained: Set<String>) { (self.place, self.retained) = (place, retained) }
    }

    private let file: URL
    private let lock: Int32
    package private(set) var content: Content
    /// Why what was there cannot be used, and that it was put aside; nil if nothing is wrong.
    package let problem: String?

    private static let maxBytes = 64 << 20

    /// Reads what an earlier run has left.
    /// - Throws: `VisageError` (unwritable, inUse).
    package init(in folder: URL) throws {
        try DurableFile.makeFolder(folder, mode: 0o700)
        file = folder.appending(path: "place.json")
        let lockFile = folder.appending(path: "lock").path
        lock = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw VisageError(.unwritable, "\(lockFile) cannot be written", cause: String(cString: strerror(errno)))
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw VisageError(
                .inUse, "Another visage-mqtt keeps its place in \(folder.path): stop it, or set another `mqtt.state`")
        }
        DurableFile.clearUnfinished(in: folder, prefix: file.lastPathComponent)
        (content, problem) = Self.read(file)
    }

    deinit { close(lock) }

    /// - Throws: `VisageError` (unwritable).
    package func save(_ new: Content) throws {
        guard new != content else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try DurableFile.replace(try encoder.encode(new), at: file)
        } catch let error as EncodingError {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: "\(error)")
        }
        content = new
    }

    /// What cannot be read is put aside: the program goes on from the present.
    private static func read(_ file: URL) -> (Content, String?) {
        guard access(file.path, F_OK) == 0 else { return (Content(), nil) }
        do {
            let content = try JSONDecoder().decode(Content.self, from: try BoundedFile.read(file, limit: maxBytes))
            guard content.schema == 1 else {
                throw VisageError(.unreadable, "it was written by another version")
            }
            return (content, nil)
        } catch {
            let aside = file.appendingPathExtension("damaged")
            rename(file.path, aside.path)
            let reason = (error as? VisageError).map { "\($0)" } ?? "it is not what this program writes"
            return (Content(), "\(file.path) cannot be used and is now \(aside.lastPathComponent): \(reason)")
        }
    }
}
