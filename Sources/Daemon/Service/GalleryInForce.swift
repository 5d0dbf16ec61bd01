import Foundation
import Logging
import Recognition
import Synchronization
import VisageCore

/// The gallery that faces are compared with now, and the embedder that it was trained with. Another one takes its place
/// only if it can be used; if it was trained with another embedder, that is loaded, too.
package final class GalleryInForce: Sendable {
    /// For `visage status` and the status line.
    package struct Summary: Sendable, Equatable {
        package let path: String
        package let people: Int
        /// The cosine similarity from which a track gets a name.
        package let threshold: Double
    }

    private struct State: Sendable {
        var path: String
        var embedder: EmbedderInUse
        var summary: Summary?
        /// The description file as it was when it was read last, whether that could be used or not.
        var seen: FileStamp?
        /// Grows with everything that is put in force.
        var version = 0
        /// Embedders that were loaded.
        var embedderCount = 1
    }

    private enum Reading {
        case gallery(GalleryClassifier, EmbedderInUse, Summary)
        /// There is none at the path.
        case missing(VisageError)
        /// The path is empty.
        case none
    }

    private let embedders: GalleryEmbedders
    private let logger: Logger
    private let read: @Sendable (URL) throws -> Gallery
    private let state: Mutex<State>
    /// Concurrent: a gallery that is ordered does not wait until the one before has been read.
    private let queue = DispatchQueue(label: "visage.gallery", attributes: .concurrent)

    /// Reads the gallery. Blocks.
    /// - Parameters:
    ///   - path: of the gallery's folder; empty for none. One that does not exist yet may be written later.
    ///   - read: reads a gallery from its folder; tests replace it.
    /// - Throws: `VisageError` (gallery) if there is a gallery and it cannot be used; (model) if there is none and the
    ///   default embedder cannot be loaded.
    package init(
        path: String, embedders: GalleryEmbedders, logger: Logger,
        read: @escaping @Sendable (URL) throws -> Gallery = GalleryFile.load
    ) throws {
        self.embedders = embedders
        self.logger = logger
        self.read = read
        let stamp = FileStamp(ofGallery: path)
        var missing: VisageError?
        var gallery: Gallery?
        if !path.isEmpty {
            do { gallery = try read(Self.folder(path)) } catch let error as VisageError where error.code == .notFound {
                missing = error
            }
        }
        let embedder = try embedders.make(gallery, path, generation: 0)
        state = Mutex(State(path: path, embedder: embedder))
        let reading =
            try gallery.map { try self.reading($0, path) } ?? missing.map { .missing($0) } ?? .none
        put(reading, path: path, stamp: stamp, unlessNewerThan: nil)
    }

    /// What faces are embedded with now.
    package var embedder: EmbedderInUse { state.withLock { $0.embedder } }

    /// nil when there is no gallery: everybody is unknown then.
    package var current: (any IdentityClassifier)? { embedder.classifier }

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
            return try reading(read(Self.folder(path)), path)
        } catch let error as VisageError where error.code == .notFound {
            return .missing(error)
        }
    }

    private func reading(_ gallery: Gallery, _ path: String) throws -> Reading {
        let classifier = try GalleryClassifier(gallery)
        if let advice = gallery.nameAdvice { logger.warning("\(path): \(advice)") }
        let summary = Summary(path: path, people: gallery.people.count, threshold: classifier.trackThreshold)
        let current = embedder
        if gallery.description.embedder.isCompatible(with: current.origin) {
            return .gallery(classifier, current, summary)
        }
        let generation = state.withLock { state in
            defer { state.embedderCount += 1 }
            return state.embedderCount
        }
        return .gallery(classifier, try embedders.make(gallery, path, generation: generation), summary)
    }

    private static func folder(_ path: String) -> URL { URL(filePath: path, directoryHint: .isDirectory) }

    /// - Parameter version: what was in force when reading began; if it no longer is, nothing is done.
    private func put(_ reading: Reading, path: String, stamp: FileStamp?, unlessNewerThan version: Int?) {
        let (isDone, isKept, old) = state.withLock { state -> (Bool, Bool, EmbedderOrigin) in
            let old = state.embedder.origin
            if let version, version != state.version { return (false, false, old) }
            // A deleted gallery is not an order to forget everybody: `visage forget` and an empty path are.
            if case .missing = reading, state.path == path, state.embedder.classifier != nil {
                return (true, true, old)
            }
            var next = state
            (next.path, next.seen, next.version, next.summary) = (path, stamp, state.version + 1, nil)
            if case .gallery(let classifier, let embedder, let summary) = reading {
                // The gallery of an embedder that is replaced stays with it, for pipelines that are still busy with a frame.
                embedder.classifier = classifier
                (next.embedder, next.summary) = (embedder, summary)
            } else {
                next.embedder.classifier = nil
            }
            state = next
            return (true, false, old)
        }
        guard isDone else { return }
        switch reading {
        case .gallery(_, let embedder, let summary):
            if !embedder.origin.isCompatible(with: old) {
                logger.notice(
                    "Gallery \(path) was trained with \(embedder.origin.summary), and faces are embedded with that from now on, not with \(old.summary); all tracks begin anew"
                )
            }
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

extension EmbedderOrigin {
    /// For a person who reads the log.
    fileprivate var summary: String { "\(id) (alignment \(crop)\(head == nil ? "" : ", adapted"))" }
}
