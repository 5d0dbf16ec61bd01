import Foundation
import Logging
import Recognition
import Synchronization
import VisageCore

/// The gallery that faces are compared with now. Another one takes its place only if it can be used.
package final class GalleryInForce: Sendable {
    /// For `visage status` and the status line.
    package struct Summary: Sendable, Equatable {
        package let path: String
        package let people: Int
        /// The cosine similarity from which a face gets a name.
        /// For tracks.
        package let threshold: Double
    }

    private struct State: Sendable {
        var path: String
        var classifier: GalleryClassifier?
        var summary: Summary?
        /// The description file as it was when it was read last, whether that could be used or not.
        var seen: FileStamp?
        /// Grows with everything that is put in force.
        var version = 0
    }

    private enum Reading {
        case gallery(GalleryClassifier, Summary)
        /// There is none at the path.
        case missing(VisageError)
        /// The path is empty.
        case none
    }

    private let embedder: EmbedderOrigin
    private let logger: Logger
    private let read: @Sendable (URL) throws -> Gallery
    private let state: Mutex<State>
    /// Concurrent: a gallery that is ordered does not wait until the one before has been read.
    private let queue = DispatchQueue(label: "visage.gallery", attributes: .concurrent)

    /// Reads the gallery. Blocks.
    /// - Parameters:
    ///   - path: of the gallery's folder; empty for none. One that does not exist yet may be written later.
    ///   - embedder: a gallery made with another one cannot be used.
    ///   - read: reads a gallery from its folder; tests replace it.
    /// - Throws: `VisageError` (gallery) if there is a gallery and it cannot be used.
    package init(
        path: String, embedder: EmbedderOrigin, logger: Logger,
        read: @escaping @Sendable (URL) throws -> Gallery = GalleryFile.load
    ) throws {
        self.embedder = embedder
        self.logger = logger
        self.read = read
        state = Mutex(State(path: path))
        try loadBlocking(path)
    }

    /// nil when there is no gallery: everybody is unknown then.
    package var current: (any IdentityClassifier)? {
        state.withLock { $0.classifier }
    }

    /// nil when there is no gallery.
    package var summary: Summary? { state.withLock { $0.summary } }

    /// Reads the gallery at `path`, which may be the same path or another, and puts it in force.
    /// - Throws: `VisageError` (gallery) if it cannot be used; the one before stays in force.
    package func load(_ path: String) async throws {
        try await queue.runBlocking { try self.loadBlocking(path) }
    }

    /// Reads the gallery again if its files have changed. One that cannot be used is logged once, and the one before
    /// stays in force.
    package func refresh() async {
        await queue.runBlocking { self.refreshBlocking() }
    }

    private func loadBlocking(_ path: String) throws {
        let stamp = FileStamp(ofGallery: path)
        state.withLock { state in if state.path == path { state.seen = stamp } }
        let reading = try reading(path)
        put(reading, path: path, stamp: stamp, unlessNewerThan: nil)
    }

    private func refreshBlocking() {
        let before = state.withLock { $0 }
        let stamp = FileStamp(ofGallery: before.path)
        guard !before.path.isEmpty, stamp != before.seen else { return }
        state.withLock { state in if state.version == before.version { state.seen = stamp } }
        do {
            // While this reads, a reload may put another gallery in force, which then is the newer one.
            put(try reading(before.path), path: before.path, stamp: stamp, unlessNewerThan: before.version)
        } catch {
            logger.error("The changed gallery is not used, the one before stays in force: \(error)")
        }
    }

    private func reading(_ path: String) throws -> Reading {
        guard !path.isEmpty else { return .none }
        do {
            let gallery = try read(URL(filePath: path, directoryHint: .isDirectory))
            try gallery.check(embedder, path: path)
            let classifier = try GalleryClassifier(gallery)
            if let advice = gallery.nameAdvice { logger.warning("\(path): \(advice)") }
            return .gallery(
                classifier,
                Summary(path: path, people: gallery.people.count, threshold: classifier.trackThreshold))
        } catch let error as VisageError where error.code == .notFound {
            return .missing(error)
        }
    }

    /// - Parameter version: what was in force when reading began; if it no longer is, nothing is done.
    private func put(_ reading: Reading, path: String, stamp: FileStamp?, unlessNewerThan version: Int?) {
        let (isDone, isKept) = state.withLock { state -> (Bool, Bool) in
            if let version, version != state.version { return (false, false) }
            var next = State(path: path, seen: stamp, version: state.version + 1)
            switch reading {
            case .gallery(let classifier, let summary): (next.classifier, next.summary) = (classifier, summary)
            // A deleted gallery is not an order to forget everybody: `visage forget` and an empty path are.
            case .missing where state.path == path && state.classifier != nil: return (true, true)
            case .missing, .none: break
            }
            state = next
            return (true, false)
        }
        guard isDone else { return }
        switch reading {
        case .gallery(_, let summary):
            let threshold = summary.threshold.roundedToFourDecimals
            logger.info("Gallery \(path): \(summary.people) people, threshold \(threshold)")
        case .missing(let error):
            let consequence = isKept ? "the one that was read before stays in force" : "until then everybody is unknown"
            logger.warning("\(error); \(consequence)")
        case .none: break
        }
    }
}

/// Tells whether a file is still the one that was read.
private struct FileStamp: Sendable, Equatable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: Int64
    private let nanoseconds: Int64

    /// Of a gallery's description, which is written last and with every other file; nil if there is none.
    init?(ofGallery path: String) {
        var status = stat()
        guard !path.isEmpty, stat(path + "/gallery.json", &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
    }
}
