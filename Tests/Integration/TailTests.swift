import Events
import Foundation
import Inference
import Logging
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct TailTests {
    let folder: ScratchFolder
    var socket: String { folder.file("events.sock").path(percentEncoded: false) }

    init() throws { folder = try ScratchFolder() }

    func start(_ arguments: String...) throws -> Program { try Program(Programs.visage, arguments) }

    func serve() async throws -> (EventHub, EventServer) {
        let logger = Logger(label: "test")
        let log = try EventLog(at: folder.file("events.db").path(percentEncoded: false), logger: logger)
        let hub = EventHub(log: log, version: "1.2.3", cameras: ["door"], logger: logger) {
            let stats = Event.Stats(
                fps: 24.9, latencyP50Ms: 20, latencyP99Ms: 40, skipped: 1, damaged: 0, missed: 0, unrecorded: 0,
                queued: 0, eventsDropped: 0)
            return [Event(.stats(stats), time: Date(), camera: "door")]
        }
        return (hub, try await EventServer.start(at: socket, hub: hub, logger: logger))
    }

    func end(_ hub: EventHub, _ server: EventServer) async {
        hub.flush()
        await server.shutdown()
        hub.close()
    }

    /// They take most of the time of a start.
    @Test func librariesForNetworksAndPixelsAreNotLoaded() async throws {
        let (hub, server) = try await serve()
        let tail = try start("tail", "--socket", socket)
        #expect(await eventually { tail.output.contains("visaged 1.2.3") })
        let maps = MappedFiles.lines(ofKernelFile: "/proc/\(tail.pid)/maps").joined(separator: "\n")
        #expect(maps.contains("libFoundation"))
        for library in ["libopenvino", "libopencv", "libavcodec"] { #expect(!maps.contains(library)) }
        tail.signal(SIGINT)
        #expect(try await tail.wait().exitCode == 0)
        await end(hub, server)
    }

    @Test func otherCommandsNeedTheProgramBesideIt() async throws {
        let alone = folder.file("visage")
        try FileManager.default.copyItem(at: URL(filePath: Programs.visage).resolvingSymlinksInPath(), to: alone)
        let outcome = try await Program.run(alone.path, ["train", "faces"])
        expect(outcome, 1, "visage: ", ["\(folder.url.path)/visage-commands cannot be started; install Visage again"])
    }

    @Test func nobodyThereIsOneLineAndOne() async throws {
        for command in ["tail", "status"] {
            let outcome = try await visage(command, "--socket", socket)
            expect(outcome, 1, "visage: ", ["No visaged answers on \(socket)"])
        }
    }

    @Test func followsThroughARestartAndMissesNothing() async throws {
        var (hub, server) = try await serve()
        hub.publish(Event(.sourceUp, time: Date(), camera: "door"))
        let tail = try start("tail", "--socket", socket, "--json", "--since", "0")
        #expect(await eventually { tail.output.contains(#""seq":1"#) })
        await end(hub, server)
        (hub, server) = try await serve()
        // Published before tail is back: it has to ask for it.
        hub.publish(Event(.sourceUp, time: Date(), camera: "door"))
        #expect(await eventually { tail.output.contains(#""seq":2"#) })
        tail.signal(SIGINT)
        let result = try await tail.wait()
        #expect(result.exitCode == 0)
        #expect(result.output.ranges(of: "source.up").count == 2)
        #expect(result.errors.contains("waiting for it"))
        await end(hub, server)
    }

    @Test func endsWithTheDaemonIfAsked() async throws {
        let (hub, server) = try await serve()
        let tail = try start("tail", "--socket", socket, "--no-reconnect")
        let greeting = "visaged 1.2.3, cameras door, last event 0, nobody in sight\n"
        #expect(await eventually { tail.output.hasSuffix(greeting) })
        await end(hub, server)
        #expect(try await tail.wait().exitCode == 0)
    }

    /// The code of an error counts and not its wording, which may change with the daemon's version.
    @Test func aRequestThatCameTooLateIsRepeated() async throws {
        let validator = try EventSchemaValidator(schema: EventSchema.json)
        let (hello, status) = (try example(.hello, of: validator), try example(.status, of: validator))
        var late = Event(.error(.init(code: .lateRequest, reason: "in other words")), time: Date())
        late.run = "r"
        try Data("\(hello)\n\(late.line())\n".utf8).write(to: folder.file("first"))
        try Data("\(hello)\n\(status)\n".utf8).write(to: folder.file("second"))
        // The first connection is answered with the error, later ones are served.
        let script = folder.file("answer")
        let text = """
            cd \(folder.url.path)
            read -r request
            if mkdir asked 2>/dev/null; then cat first; else cat second; fi

            """
        try Data(text.utf8).write(to: script)
        let daemon = try Program("socat", ["UNIX-LISTEN:\(socket),fork", "EXEC:sh \(script.path)"])
        #expect(await eventually { access(socket, F_OK) == 0 })
        let table = try await visage("status", "--socket", socket)
        #expect(table.exitCode == 0 && table.output.contains("visaged 1.0.0"), "\(table)")
        try FileManager.default.removeItem(at: folder.file("asked"))
        let tail = try await visage("tail", "--socket", socket, "--no-reconnect", "--json", "--type", "status")
        #expect(tail.exitCode == 0 && tail.output.hasSuffix("\(status)\n"), "\(tail)")
        daemon.signal(SIGTERM)
        _ = try await daemon.wait()
    }

    private func example(_ type: EventType, of validator: EventSchemaValidator) throws -> String {
        let line = try validator.examples().first {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8)).type == type
        }
        return try #require(line)
    }

    @Test func aReaderWhoLeavesEndsItQuietly() async throws {
        let (hub, server) = try await serve()
        let result = try await Program.run(
            "sh", ["-c", #""$0" tail --socket "$1" >&-; echo $?"#, Programs.visage, socket])
        #expect(result.output == "0\n")
        #expect(result.errors == "")
        await end(hub, server)
    }

    @Test func statusTellsTheState() async throws {
        let (hub, server) = try await serve()
        hub.provideStatus {
            var up = Event.Status.Camera(
                camera: "door", source: "/dev/video0", isUp: true, reason: nil, losses: SourceLosses())
            (up.width, up.height, up.fps, up.ageMs) = (1280, 720, 24.9, 31)
            let down = Event.Status.Camera(
                camera: "yard", source: "rtsp://10.0.0.7/live", isUp: false, reason: "nothing has come for 2 s",
                losses: SourceLosses())
            return Event.Status(
                started: "2026-03-01T09:00:00.000Z", engine: "openvino bf16", models: ["detector": "yunet"],
                cameras: [up, down], gallery: .init(path: "/g", people: 5, threshold: 0.47))
        }
        let table = try await visage("status", "--socket", socket)
        #expect(table.exitCode == 0)
        #expect(table.output.contains("visaged 1.2.3"))
        for part in ["24.9", "1280x720", "5 people", "yard    down", "10.0.0.7/live: nothing has come for 2 s"] {
            #expect(table.output.contains(part), "\(part) in \(table.output)")
        }
        let json = try await visage("status", "--socket", socket, "--json")
        let status = try object(json.output)
        #expect(status["version"] as? String == "1.2.3")
        let cameras = (status["status"] as? [String: Any])?["cameras"] as? [[String: Any]]
        #expect(cameras?.compactMap { $0["up"] as? Bool } == [true, false])
        #expect(cameras?.first?["fps"] as? Double == 24.9)
        await end(hub, server)
    }
}
