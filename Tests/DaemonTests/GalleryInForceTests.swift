import Daemon
import Evaluation
import Foundation
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
            path: path, embedder: Library.embedder, logger: log.logger, read: { [library] in try library.read($0) })
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

/// Galleries of made-up people, read from memory. On disk are only the files whose changes are watched.
private final class Library: Sendable {
    private struct State {
        var galleries: [String: Gallery] = [:]
        var failing: Set<String> = []
        var reads: [String] = []
        var holdsNext = false
        var isHeld = false
    }

    static let embedder = EmbedderOrigin(
        id: "made-up", sha256: "0", crop: "none", standardisation: "none", precision: "f32")

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

    /// - Returns: the path of the gallery.
    func write(_ name: String, people: Int) -> String {
        do {
            var gallery = try Gallery.synthetic(people: people, photos: 2, dimension: 16, matching: .nearest)
            gallery.description.embedder = Self.embedder
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
