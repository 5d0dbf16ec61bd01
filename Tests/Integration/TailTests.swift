import Foundation
import Logging
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct TailTests {
    let folder: ScratchFolder
    let program: String
    var socket: String { folder.file("events.sock").path(percentEncoded: false) }

    init() throws {
        folder = try ScratchFolder()
        // The programs stand beside the test bundle.
        program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "visage").path(percentEncoded: false)
    }

    func visage(_ arguments: String...) throws -> Tool { try Tool(program, arguments, in: folder) }

    func serve() async throws -> (EventHub, EventServer) {
        let logger = Logger(label: "test")
        let log = try EventLog(at: folder.file("events.db").path(percentEncoded: false), logger: logger)
        let hub = EventHub(log: log, version: "1.2.3", cameras: ["door"], logger: logger) {
            var event = Event(.stats, time: Date(), camera: "door")
            event.stats = Event.Stats(
                fps: 24.9, latencyP50Ms: 20, latencyP99Ms: 40, skipped: 1, queued: 0, eventsDropped: 0)
            return [event]
        }
        return (hub, try await EventServer.start(at: socket, hub: hub, logger: logger))
    }

    func end(_ hub: EventHub, _ server: EventServer) async {
        hub.flush()
        await server.shutdown()
        hub.close()
    }

    @Test func nobodyThereIsOneLineAndOne() throws {
        for command in ["tail", "status"] {
            let result = try visage(command, "--socket", socket).finish()
            #expect(result.code == 1)
            #expect(result.errors.hasPrefix("visage: No visaged answers on \(socket)"))
            #expect(result.errors.count(where: \.isNewline) == 1)
        }
    }

    @Test func wrongUsageIs64() throws {
        #expect(try visage("tail", "--type", "face.seen").finish().code == 64)
        #expect(try visage("tail", "--since", "-3").finish().code == 64)
    }

    @Test func followsThroughARestartAndMissesNothing() async throws {
        var (hub, server) = try await serve()
        hub.publish(Event(.sourceUp, time: Date(), camera: "door"))
        let tail = try visage("tail", "--socket", socket, "--json", "--since", "0")
        #expect(tail.lines(until: #""seq":1"#).count(where: { $0.contains("source.up") }) == 1)
        await end(hub, server)
        (hub, server) = try await serve()
        // Published before tail is back: it has to ask for it.
        hub.publish(Event(.sourceUp, time: Date(), camera: "door"))
        #expect(tail.lines(until: #""seq":2"#).count(where: { $0.contains("source.up") }) == 1)
        tail.signal(SIGINT)
        let result = try tail.finish()
        #expect(result.code == 0)
        #expect(result.errors.contains("waiting for it"))
        await end(hub, server)
    }

    @Test func endsWithTheDaemonIfAsked() async throws {
        let (hub, server) = try await serve()
        let tail = try visage("tail", "--socket", socket, "--no-reconnect")
        let greeting = tail.lines(until: "visaged")
        #expect(
            greeting.first?.hasSuffix("visaged 1.2.3, cameras door, last event 0, nobody in sight") == true)
        await end(hub, server)
        #expect(try tail.finish().code == 0)
    }

    @Test func aReaderWhoLeavesEndsItQuietly() async throws {
        let (hub, server) = try await serve()
        let result = try Tool(
            "/bin/sh", ["-c", "\(program) tail --socket \(socket) >&-; echo $?"], in: folder
        ).finish()
        #expect(result.output == "0\n")
        #expect(result.errors == "")
        await end(hub, server)
    }

    @Test func statusTellsTheState() async throws {
        let (hub, server) = try await serve()
        let table = try visage("status", "--socket", socket).finish()
        #expect(table.code == 0)
        #expect(table.output.contains("visaged 1.2.3"))
        #expect(table.output.contains("24.9"))
        let json = try visage("status", "--socket", socket, "--json").finish()
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["version"] as? String == "1.2.3")
        #expect(((object?["stats"] as? [String: Any])?["door"] as? [String: Any])?["fps"] as? Double == 24.9)
        await end(hub, server)
    }
}
