import Daemon
import Foundation
import Inference
import Recognition
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct GalleryInForceTests {
    private let scratch: ScratchFolder
    private let log = LogCatcher()
    private let library: Library

    init() throws {
        scratch = try ScratchFolder()
        library = Library(scratch)
    }

    private func inForce(_ path: String) throws -> GalleryInForce {
        try GalleryInForce(
            path: path, embedders: library.embedders, logger: log.logger, read: { [library] in try library.read($0) })
    }

    @Test func theGalleryAtTheStartIsInForce() throws {
        let gallery = try inForce(library.write("a", people: 2))
        #expect(gallery.summary?.people == 2 && gallery.current != nil)
        #expect(try inForce("").current == nil, "an empty path is no gallery")
        #expect(log.messages(.warning).isEmpty)
    }

    @Test func aGalleryThatCannotBeUsedStopsTheStart() throws {
        let path = library.write("a", people: 2)
        library.fail("a")
        #expect(throws: VisageError.self) { try inForce(path) }
    }

    @Test func aChangedGalleryIsReadOnceAndTaken() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        await gallery.refresh()
        #expect(library.reads == ["a"], "nothing has changed")
        _ = library.write("a", people: 3)
        await gallery.refresh()
        await gallery.refresh()
        #expect(gallery.summary?.people == 3 && library.reads == ["a", "a"])
    }

    @Test func aGalleryMayComeLater() async throws {
        let gallery = try inForce(library.path("a"))
        #expect(gallery.current == nil)
        #expect(log.messages(.warning).count == 1)
        _ = library.write("a", people: 2)
        await gallery.refresh()
        #expect(gallery.summary?.people == 2)
    }

    @Test func aBadChangeIsLoggedOnceAndTheOneBeforeStays() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        _ = library.write("a", people: 3)
        library.fail("a")
        for _ in 0..<3 { await gallery.refresh() }
        #expect(gallery.summary?.people == 2)
        #expect(log.messages(.error).count == 1, "\(log.messages(.error))")
    }

    @Test func aDeletedGalleryStaysInForce() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        library.remove("a")
        for _ in 0..<3 { await gallery.refresh() }
        #expect(gallery.summary?.people == 2)
        #expect(log.messages(.warning).count == 1)
        try await gallery.load(library.path("a"))
        #expect(gallery.summary?.people == 2, "a reload is no order to forget everybody")
        try await gallery.load("")
        #expect(gallery.current == nil, "an empty path is")
    }

    @Test func aReloadWithAnotherPathTakesItsGallery() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        let other = library.write("b", people: 4)
        try await gallery.load(other)
        #expect(gallery.summary?.path == other && gallery.summary?.people == 4)
        _ = library.write("a", people: 5)
        await gallery.refresh()
        #expect(gallery.summary?.people == 4, "the old path is no longer watched")
    }

    @Test func aReloadThatCannotBeUsedChangesNothing() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        let other = library.write("b", people: 4)
        library.fail("b")
        await #expect(throws: VisageError.self) { try await gallery.load(other) }
        #expect(gallery.summary?.path == library.path("a"))
        _ = library.write("a", people: 3)
        await gallery.refresh()
        #expect(gallery.summary?.people == 3, "the old path is still watched")
    }

    @Test func aRefreshThatBeganEarlierDoesNotReplaceTheReloadedGallery() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        let other = library.write("b", people: 4)
        _ = library.write("a", people: 3)
        library.holdNextRead()
        async let refreshed: Void = gallery.refresh()
        #expect(await eventually { library.isHeld })
        try await gallery.load(other)
        library.release()
        await refreshed
        #expect(library.reads == ["a", "a", "b"])
        #expect(gallery.summary?.path == other && gallery.summary?.people == 4)
    }
}

extension GalleryInForceTests {
    @Test func aGalleryOfAnotherEmbedderComesWithThatEmbedder() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        let before = gallery.embedder
        let old = before.classifier?.trackThreshold
        #expect(before.origin == Library.embedder() && library.loaded == ["made-up"])
        _ = library.write("a", people: 3, embedder: "other")
        await gallery.refresh()
        let after = gallery.embedder
        #expect(after.origin == Library.embedder("other") && after.generation != before.generation)
        #expect(gallery.summary?.people == 3 && after.classifier != nil)
        #expect(
            before.classifier != nil && before.classifier?.trackThreshold == old, "who still uses it keeps its gallery")
        #expect(library.loaded == ["made-up", "other"])
        #expect(log.messages(.notice).contains { $0.contains("other") && $0.contains("made-up") })

        _ = library.write("a", people: 4, embedder: "other")
        await gallery.refresh()
        #expect(gallery.embedder === after && gallery.summary?.people == 4)
        #expect(library.loaded.count == 2, "the embedder that is there is not loaded again")

        try await gallery.load(library.write("b", people: 2))
        #expect(gallery.embedder.origin == Library.embedder())
        #expect(Set([before, after, gallery.embedder].map(\.generation)).count == 3)
    }

    @Test func anEmbedderThatCannotBeLoadedChangesNothing() async throws {
        let gallery = try inForce(library.write("a", people: 2))
        library.lose("other")
        _ = library.write("a", people: 3, embedder: "other")
        for _ in 0..<2 { await gallery.refresh() }
        let other = library.write("b", people: 4, embedder: "other")
        await #expect(throws: VisageError.self) { try await gallery.load(other) }
        #expect(gallery.embedder.origin == Library.embedder() && gallery.summary?.people == 2)
        #expect(gallery.summary?.path == library.path("a"))
        #expect(log.messages(.error).count == 1, "\(log.messages(.error))")
    }

    @Test func whereThereIsNoGalleryTheDefaultEmbedderIsUsed() async throws {
        let gallery = try inForce(library.path("a"))
        #expect(gallery.embedder.origin == Library.embedder("default"))
        _ = library.write("a", people: 2)
        await gallery.refresh()
        #expect(gallery.embedder.origin == Library.embedder() && gallery.current != nil)
    }
}

/// Galleries of made-up people, read from memory. On disk are only the files whose changes are watched.
private final class Library: Sendable {
    private struct State {
        var galleries: [String: Gallery] = [:]
        var failing: Set<String> = []
        var lost: Set<String> = []
        var loaded: [String] = []
        var reads: [String] = []
        var holdsNext = false
        var isHeld = false
    }

    static func embedder(_ id: String = "made-up") -> EmbedderOrigin {
        EmbedderOrigin(id: id, sha256: id, crop: "none", standardisation: "none", precision: "f32")
    }

    private let scratch: ScratchFolder
    private let state = Mutex(State())
    private let gate = DispatchSemaphore(value: 0)

    init(_ scratch: ScratchFolder) { self.scratch = scratch }

    func path(_ name: String) -> String { scratch.file(name).path }

    /// What was read, in the order in which reading began.
    var reads: [String] { state.withLock { $0.reads } }
    /// Whether the read that is held has begun.
    var isHeld: Bool { state.withLock { $0.isHeld } }

    func holdNextRead() { state.withLock { $0.holdsNext = true } }
    func release() { gate.signal() }
    func fail(_ name: String) { state.withLock { _ = $0.failing.insert(name) } }

    /// The embedder of that name cannot be loaded.
    func lose(_ embedder: String) { state.withLock { _ = $0.lost.insert(embedder) } }
    /// The embedders that were loaded, in order.
    var loaded: [String] { state.withLock { $0.loaded } }

    var embedders: GalleryEmbedders {
        GalleryEmbedders(width: 1) { gallery, _ in
            let origin = gallery?.description.embedder ?? Self.embedder("default")
            if self.state.withLock({ $0.lost.contains(origin.id) }) {
                throw VisageError(.gallery, "The embedder \(origin.id) is not here")
            }
            self.state.withLock { $0.loaded.append(origin.id) }
            return MadeUpEmbedder(origin: origin)
        }
    }

    /// - Returns: the path of the gallery.
    func write(_ name: String, people: Int, embedder: String = "made-up") -> String {
        do {
            var gallery = try Gallery.synthetic(people: people, photos: 2, dimension: 16, matching: .nearest)
            gallery.description.embedder = Self.embedder(embedder)
            state.withLock { $0.galleries[name] = gallery }
            let folder = scratch.file(name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // A length of its own: two writes may come within one tick of the file system's clock.
            let text = String(repeating: " ", count: people)
            try Data(text.utf8).write(to: folder.appending(path: "gallery.json"))
        } catch {
            Issue.record("\(error)")
        }
        return path(name)
    }

    func remove(_ name: String) {
        state.withLock { _ = $0.galleries.removeValue(forKey: name) }
        #expect(throws: Never.self) { try FileManager.default.removeItem(at: scratch.file(name)) }
    }

    func read(_ folder: URL) throws -> Gallery {
        let name = folder.lastPathComponent
        let (gallery, isBad, waits) = state.withLock { state in
            state.reads.append(name)
            let waits = state.holdsNext
            state.holdsNext = false
            if waits { state.isHeld = true }
            return (state.galleries[name], state.failing.contains(name), waits)
        }
        if waits { gate.wait() }
        if isBad { throw VisageError(.gallery, "The gallery \(name) is damaged") }
        guard let gallery else { throw VisageError(.notFound, "There is no gallery \(name)") }
        return gallery
    }
}

private struct MadeUpEmbedder: GalleryEmbedder {
    let origin: EmbedderOrigin
    let impostors: [ModelManifest.ImpostorRate] = []

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        throw VisageError(.engine, "it is asked for none")
    }
}
