import Foundation
import Logging
import Recognition
import Synchronization
import VisageCore

/// The gallery that faces are compared with now. A new one takes its place only if it is good.
final class GalleryInForce: Sendable {
    /// For people who look after the daemon.
    struct Summary: Sendable {
        let path: String
        let people: Int
        let threshold: Double
    }

    private struct State: Sendable {
        var path: String
        var classifier: GalleryClassifier?
        var summary: Summary?
        /// What its description file looked like when it was last read, good or bad.
        var seen: Stamp?
    }

    /// Tells whether a file is still the same.
    private struct Stamp: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64
        let nanoseconds: Int64
    }

    private let embedder: EmbedderOrigin
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter path: empty for none. One that is not there yet may come later.
    /// - Throws: `VisageError` (gallery) if there is one and it cannot be used.
    init(path: String, embedder: EmbedderOrigin, logger: Logger) throws {
        self.embedder = embedder
        self.logger = logger
        state = Mutex(State(path: path))
        try load(path)
    }

    /// nil when there is none: everybody is unknown then.
    var current: (classifier: any IdentityClassifier, threshold: Double)? {
        state.withLock { $0.classifier }.map { ($0, $0.threshold) }
    }

    var summary: Summary? { state.withLock { $0.summary } }

    /// Reads the gallery at `path`, be it the same path or another, and puts it in force.
    /// - Throws: `VisageError` (gallery) if it cannot be used; the one before stays in force.
    func load(_ path: String) throws {
        let stamp = Self.stamp(path)
        state.withLock { state in if state.path == path { state.seen = stamp } }
        var classifier: GalleryClassifier?
        var summary: Summary?
        if !path.isEmpty {
            do {
                let gallery = try GalleryFile.load(URL(filePath: path, directoryHint: .isDirectory))
                try gallery.check(embedder, path: path)
                classifier = try GalleryClassifier(gallery)
                summary = Summary(path: path, people: gallery.people.count, threshold: gallery.threshold)
            } catch let error as VisageError where error.code == .notFound {
                // Deleted is no order to forget everybody: `visage forget` and an empty path are.
                if state.withLock({ $0.path == path && $0.classifier != nil }) {
                    logger.warning("\(error); the one that was read before stays in force")
                    return
                }
                logger.warning("\(error); until then everybody is unknown")
            }
        }
        state.withLock { $0 = State(path: path, classifier: classifier, summary: summary, seen: stamp) }
        if let summary {
            logger.info("Gallery \(path): \(summary.people) people, threshold \(Event.rounded(summary.threshold))")
        }
    }

    /// Reads it again if its files have changed; complains once about each bad one.
    func refresh() {
        let (path, seen) = state.withLock { ($0.path, $0.seen) }
        guard !path.isEmpty, Self.stamp(path) != seen else { return }
        do {
            try load(path)
        } catch {
            logger.error("The changed gallery is not used, the one before stays in force: \(error)")
        }
    }

    private static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        // Written last, and with every other file.
        guard !path.isEmpty, stat(path + "/gallery.json", &status) == 0 else { return nil }
        return Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    }
}
