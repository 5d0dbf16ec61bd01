import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct SocketFileTests {
    let folder: ScratchFolder
    let hub: EventHub
    let log: EventLog

    init() throws {
        folder = try ScratchFolder()
        log = try EventLog(at: folder.path("events.db"), logger: Fixture.logger)
        hub = EventHub(log: log, version: "test", cameras: [], logger: Fixture.logger)
    }

    func start(_ path: String) async throws -> EventServer {
        try await EventServer.start(at: path, hub: hub, logger: Fixture.logger)
    }

    func code(_ path: String) async -> VisageError.Code? {
        do {
            await (try start(path)).shutdown()
            return nil
        } catch { return (error as? VisageError)?.code }
    }

    @Test func isForOwnerAndGroupAndGoesWithTheServer() async throws {
        let path = folder.path("new/events.sock")
        let server = try await start(path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o660)
        await server.shutdown()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aLiveOneIsRefusedAndAStaleOneReplaced() async throws {
        let path = folder.path("events.sock")
        let server = try await start(path)
        #expect(await code(path) == .inUse)
        // A file without its owner, as after kill -9: the name outlives the socket.
        let stale = folder.path("stale.sock")
        #expect(link(path, stale) == 0)
        #expect(await code(stale) == .inUse)
        await server.shutdown()
        #expect(FileManager.default.fileExists(atPath: stale))
        #expect(await code(stale) == nil)
    }

    @Test func whatIsNotASocketStays() async throws {
        let path = folder.path("precious")
        try Data("text".utf8).write(to: folder.file("precious"))
        #expect(await code(path) == .unwritable)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "text")
    }

    @Test func aSuccessorsSocketStays() async throws {
        let path = folder.path("events.sock")
        let server = try await start(path)
        #expect(unlink(path) == 0)
        let successor = try await start(path)
        await server.shutdown()
        #expect(FileManager.default.fileExists(atPath: path))
        await successor.shutdown()
    }

    @Test func pathsAreChecked() async throws {
        let base = folder.path("")
        let longest = base + String(repeating: "x", count: 107 - base.utf8.count)
        #expect(await code(longest) == nil)
        #expect(await code(longest + "x") == .configuration)
        #expect(await code(folder.path("no/such/events.sock")) == .notFound)
        #expect(await code("") == .configuration)
    }
}
