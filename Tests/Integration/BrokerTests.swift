import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// `visage-mqtt` between a real event socket and a real mosquitto.
    @Suite(.enabled(if: BrokerUnderTest.isInstalled, "mosquitto and mosquitto-clients are not installed"))
    struct BrokerTests {
        private let folder: ScratchFolder
        private let home: BridgeHome

        init() throws {
            folder = try ScratchFolder()
            home = BridgeHome(folder)
        }

        @Test func everyEventArrivesWhateverDies() async throws {
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            let result = try await home.killAtRandom(times: 10, broker, source)
            #expect(result.isComplete, "\(result)")
        }

        /// Killed, away while events go on, and there again.
        @Test func theBrokerGoesAndComesBack() async throws {
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            try home.configure(port: broker.port)
            let first = try await broker.subscribe("visage/lab/events")
            let bridge = try home.start()
            #expect(await eventually { bridge.errors.contains("Following the events") })
            let before = source.publish(30)
            #expect(await eventually { first.numbers("visage/lab/events").last == before })
            try await broker.kill()
            // It would come back too, at some moment.
            first.signal(SIGKILL)
            // More than the daemon keeps for a subscriber, and than one message can carry.
            let last = source.publish(3_000)
            #expect(await eventually { bridge.errors.contains("trying again") })
            bridge.signal(SIGSTOP)
            try await broker.start()
            let second = try await broker.subscribe("visage/lab/events", "visage/lab/status", "visage/lab/door/present")
            bridge.signal(SIGCONT)
            #expect(
                await eventually { second.numbers("visage/lab/events").last == last }, "\(bridge.errors)")
            #expect(bridge.errors.contains("Connected to the broker"))
            let all = first.numbers("visage/lab/events") + second.numbers("visage/lab/events")
            #expect(Arrivals(all, upTo: last).isComplete)
            // The broker has lost what it retained, and has it again.
            #expect(await eventually { second.payloads("visage/lab/status").last == "online" })
            let retained = try await broker.subscribe("visage/lab/#", "homeassistant/#", retained: true)
            #expect(await eventually { retained.output.contains("1 visage/lab/status online") })
            #expect(await eventually { retained.output.contains("1 homeassistant/event/visage_lab_door/visit/config") })
            #expect(retained.output.contains("1 visage/lab/door/present {"))
            bridge.signal(SIGTERM)
            #expect(try await bridge.wait().exitCode == 0)
            #expect(await eventually { second.payloads("visage/lab/status").last == "offline" })
            await source.end()
        }

        @Test func theLastWillSaysOffline() async throws {
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            try home.configure(port: broker.port)
            let subscriber = try await broker.subscribe("visage/lab/status")
            let bridge = try home.start()
            #expect(await eventually { subscriber.payloads("visage/lab/status").last == "online" }, "\(bridge.errors)")
            bridge.signal(SIGKILL)
            #expect(await eventually { subscriber.payloads("visage/lab/status").last == "offline" })
            // So it is while visaged is away.
            let next = try home.start()
            #expect(await eventually { subscriber.payloads("visage/lab/status").last == "online" }, "\(next.errors)")
            await source.end()
            #expect(await eventually { subscriber.payloads("visage/lab/status").last == "offline" })
        }

        /// Encrypted, with a client certificate and a password; and refused with a wrong one of each.
        @Test func whoMayAndWhoMayNot() async throws {
            let certificates = try await Certificates(in: folder)
            let broker = try await BrokerUnderTest(.user("visage", password: "s3cret-word", certificates), in: folder)
            let source = try await EventSource.start(in: folder)
            let password = folder.file("password")
            try Data("s3cret-word\n".utf8).write(to: password)
            let login = ["user: visage", "password_file: \(password.path)"]
            let own = ["tls: true", "tls_certificate: \(certificates.client)", "tls_key: \(certificates.clientKey)"]
            let trust = ["tls_ca: \(certificates.authority)"]
            try home.configure(port: broker.port, host: "localhost", login + own + trust)
            let bridge = try home.start()
            #expect(await eventually { bridge.errors.contains("Following the events") })
            // mosquitto_sub goes to 127.0.0.1, which the certificate does not name: the file is what counts here.
            #expect(await eventually { (try? home.place()) != nil })
            let last = source.publish(3)
            #expect(await eventually { (try? home.place()) == last }, "\(bridge.errors)")
            #expect(!bridge.errors.contains("s3cret"))
            let words = try String(contentsOfFile: "/proc/\(bridge.pid)/cmdline", encoding: .utf8)
            let environment = try String(contentsOfFile: "/proc/\(bridge.pid)/environ", encoding: .utf8)
            #expect(!words.contains("s3cret") && !environment.contains("s3cret"))
            bridge.signal(SIGTERM)
            #expect(try await bridge.wait().exitCode == 0)

            try Data("wrong\n".utf8).write(to: folder.file("wrong"))
            for (host, keys, said) in [
                (
                    "localhost", ["user: visage", "password_file: wrong"] + own + trust,
                    "refuses the user or the password"
                ),
                ("localhost", own + trust, "refuses the user or the password"),
                ("localhost", login + ["tls: true"] + trust, "trying again"),
                ("localhost", login + own, "its certificate has to be valid"),
                ("127.0.0.1", login + own + trust, "its certificate has to be valid"),
                ("localhost", login, "trying again"),
            ] {
                try home.configure(port: broker.port, host: host, keys)
                let refused = try home.start()
                #expect(await eventually { refused.errors.contains("trying again") }, "\(keys)")
                #expect(refused.errors.contains(said), "\(host) \(keys): \(refused.errors)")
                #expect(!refused.errors.contains("Following") && !refused.errors.contains("s3cret"))
            }
            await source.end()
        }

        @Test func whatIsRetainedComesAndGoesWithTheConfiguration() async throws {
            let broker = try await BrokerUnderTest(in: folder)
            var source = try await EventSource.start(in: folder, cameras: ["door", "yard"])
            try home.configure(port: broker.port)
            let first = try home.start()
            let subscriber = try await broker.subscribe("#")
            #expect(await eventually { subscriber.payloads("visage/lab/status").last == "online" }, "\(first.errors)")
            source.publish(2)
            #expect(await eventually { subscriber.output.contains("/visage_lab_yard/visit/config {") })
            // A person who was seen gets a trigger, and that before it fires.
            #expect(await eventually { subscriber.output.contains("visage/lab/door/visit {") }, "\(first.errors)")
            let lines = subscriber.output.split(separator: "\n")
            let trigger = try #require(lines.firstIndex { $0.contains(#""subtype":"Ada""#) })
            #expect(trigger < (try #require(lines.firstIndex { $0.hasPrefix("visage/lab/door/visit ") })))
            // Another camera, after a restart of visaged.
            await source.end()
            source = try await EventSource.start(in: folder, cameras: ["door", "gate"])
            #expect(await eventually { subscriber.output.contains("/visage_lab_gate/visit/config {") })
            let cleared = "homeassistant/event/visage_lab_yard/visit/config "
            #expect(await eventually { subscriber.output.split(separator: "\n").contains(Substring(cleared)) })
            // Home Assistant has started: everything once more.
            let count = subscriber.payloads("homeassistant/event/visage_lab_gate/visit/config").count
            let birth = try await Program.run(
                "mosquitto_pub",
                ["-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "homeassistant/status", "-m", "online"])
            #expect(birth.exitCode == 0)
            #expect(
                await eventually {
                    subscriber.payloads("homeassistant/event/visage_lab_gate/visit/config").count > count
                })
            // Another prefix, read again while it runs: nothing is left under the old one.
            try home.configure(port: broker.port, ["prefix: faces", "discovery: ''", "picture: none"])
            first.signal(SIGHUP)
            #expect(await eventually { subscriber.payloads("faces/lab/status").last == "online" }, "\(first.errors)")
            #expect(
                await eventually {
                    (try? home.retained()) == ["faces/lab/door/present", "faces/lab/gate/present", "faces/lab/status"]
                }, "\((try? home.retained()) ?? [])")
            let rest = try await broker.subscribe("#", retained: true)
            #expect(await eventually { rest.output.contains("1 faces/lab/gate/present") })
            #expect(!rest.output.contains("1 homeassistant") && !rest.output.contains("1 visage"), "\(rest.output)")
            first.signal(SIGTERM)
            #expect(try await first.wait().exitCode == 0)
            // And nothing at all is left if that is wanted.
            let clear = try await Program.run(
                Programs.path("visage-mqtt"), ["--config", folder.file("mqtt.yaml").path, "--clear"])
            #expect(clear.exitCode == 0, "\(clear)")
            let marker = try await broker.subscribe("#", retained: true)
            _ = try await Program.run(
                "mosquitto_pub", ["-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "marker", "-m", "here"])
            #expect(await eventually { marker.output.contains("marker here") })
            #expect(!marker.output.contains("faces/"), "\(marker.output)")
            await source.end()
        }

        /// A real daemon on the clip, to the end: what it logged is what the broker got, with a picture.
        @Test func aDaemonIsSeenAtTheBroker() async throws {
            let material = try Material.get()
            let broker = try await BrokerUnderTest(in: folder)
            var options = DaemonUnderTest.Options(material)
            // Without an end, so that it is there for long enough however slow the machine is.
            (options.pace, options.loop) = ("realtime", true)
            try home.configure(port: broker.port, ["picture: annotated"])
            let subscriber = try await broker.subscribe(
                "visage/lab/events", "visage/lab/demo/visit", "visage/lab/demo/present")
            let pictures = try await broker.subscribe("visage/lab/demo/picture", retained: false)
            let bridge = try home.start()
            // It begins with what happens when it connects, which may be after all verdicts; it has a place after that.
            let first = try await DaemonUnderTest.start(options, in: folder)
            #expect(
                await eventually {
                    bridge.errors.contains("Following the events")
                        && first.collector.logged.contains { $0.type == .identified }
                })
            _ = try await first.stop()
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(
                await eventually {
                    subscriber.payloads("visage/lab/demo/visit").contains { $0.contains("Barack Obama") }
                        && pictures.output.utf8.count > 5_000
                }, "\(bridge.errors)")
            let logged = try await daemon.stop()
            let last = try #require(logged.last?.seq)
            #expect(await eventually { subscriber.numbers("visage/lab/events").last == last }, "\(bridge.errors)")
            let lines = try logged.map { try $0.line() }
            let published = subscriber.payloads("visage/lab/events")
            #expect(published == Array(lines.suffix(published.count)) && !published.isEmpty)
            #expect(
                await eventually {
                    subscriber.payloads("visage/lab/demo/present").last?.contains(#""up":false"#) == true
                })
            try await expectTheBestView(broker, subscriber)
        }

        /// What a message about the end of a visit says of its best view.
        private struct Left: Decodable {
            let frame: Event.FrameDetails
            let best: Event.View
            let recording: RecordingPosition
        }

        /// After a visit, the picture is the one that `visage still` cuts out of the recording.
        private func expectTheBestView(_ broker: BrokerUnderTest, _ subscriber: Program) async throws {
            // Those of earlier visits may have had to make way for the next visitor's.
            let pictures = try await broker.subscribe("visage/lab/demo/picture", form: "%t %x")
            let picture = folder.file("best.jpg").path
            var (tried, cuts): (Set<String>, Set<String>) = ([], [])
            let isFound = try await eventually {
                for line in subscriber.payloads("visage/lab/demo/visit") where tried.insert(line).inserted {
                    guard let left = try? JSONDecoder().decode(Left.self, from: Data(line.utf8)) else { continue }
                    let outcome = try await visage(
                        "still", folder.file("recordings/demo/\(left.recording.file)").path,
                        "--at=\(left.recording.offsetMs + left.best.ptsMs - left.frame.ptsMs)",
                        "--box=\(left.best.box.map { "\($0)" }.joined(separator: ","))", "--size=480",
                        "--output=\(picture)")
                    // The end of the recording is not on disk yet.
                    guard outcome.exitCode == 0 else {
                        tried.remove(line)
                        continue
                    }
                    let bytes = try Data(contentsOf: URL(filePath: picture))
                    cuts.insert(bytes.map { String(format: "%02x", $0) }.joined())
                }
                return pictures.payloads("visage/lab/demo/picture").contains { cuts.contains($0) }
            }
            #expect(isFound, "\(tried.count) messages, \(cuts.count) pictures cut, none of them published")
        }

        @Test func whatIsWrongIsOneLine() async throws {
            let program = Programs.path("visage-mqtt")
            try home.configure(port: 1, host: "")
            let file = folder.file("mqtt.yaml").path
            expect(try await Program.run(program, ["--config", file]), 78, "visage-mqtt: ", ["`mqtt.host`", file])
            expect(try await Program.run(program, ["--config", file, "--check"]), 78, "visage-mqtt: ", ["`mqtt.host`"])
            try home.configure(port: 70_000)
            expect(try await Program.run(program, ["--config", file]), 78, "visage-mqtt: ", ["`mqtt.port`", "line"])
            try home.configure(port: 1, ["user: u", "password_file: none"])
            expect(
                try await Program.run(program, ["--config", file, "--check"]), 78, "visage-mqtt: ",
                ["password", "none"])
            try home.configure(port: 1)
            expect(
                try await Program.run(program, ["--config", file, "--clear"]), 1, "visage-mqtt: ", ["cannot be reached"]
            )
            expect(try await Program.run(program, ["--check", "--clear"]), 64, "visage-mqtt: ", ["--help"])
            let good = try await Program.run(program, ["--config", file, "--check"])
            #expect(good.exitCode == 0 && good.output.hasSuffix(": OK\n"), "\(good)")
            let running = try home.start()
            #expect(await eventually { running.errors.contains("cannot be reached") })
            let second = try await Program.run(program, ["--config", file])
            expect(second, 1, "visage-mqtt: ", ["Another visage-mqtt"])
        }
    }
}

extension SoakTests {
    @Suite(.enabled(if: BrokerUnderTest.isInstalled, "mosquitto and mosquitto-clients are not installed"))
    struct BrokerTests {
        @Test func everyEventArrivesWhateverDies() async throws {
            let folder = try ScratchFolder()
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            let result = try await BridgeHome(folder).killAtRandom(times: Soak.isShort ? 20 : 100, broker, source)
            print("visage-mqtt: \(result)")
            #expect(result.isComplete, "\(result)")
        }

        /// Without a broker while a log of an hour is written, ten events a second; then it comes.
        @Test func anHourWithoutABrokerIsCaughtUp() async throws {
            let folder = try ScratchFolder()
            let broker = try await BrokerUnderTest(in: folder)
            let source = try await EventSource.start(in: folder)
            let home = BridgeHome(folder)
            try home.configure(port: broker.port)
            let bridge = try home.start()
            let before = source.publish(10)
            #expect(await eventually { (try? home.place()) == before }, "\(bridge.errors)")
            try await broker.kill()
            #expect(await eventually { bridge.errors.contains("trying again") }, "\(bridge.errors)")
            // No more at once than the log takes on a slow disk.
            var last = before
            for _ in 0..<(Soak.isShort ? 10 : 18) { last = source.publish(2_000) }
            let idle = Self.peakMemory(bridge.pid)
            // Until the subscriber is there, nothing may be published that it would miss.
            bridge.signal(SIGSTOP)
            try await broker.start()
            let subscriber = try await broker.subscribe("visage/lab/events")
            bridge.signal(SIGCONT)
            #expect(
                await eventually(within: machineTimeout) { bridge.errors.contains("Connected to the broker") },
                "\(bridge.errors)")
            let start = MonotonicTime.now
            #expect(
                await eventually(within: machineTimeout) { (try? home.place()) == last }, "\(bridge.errors)")
            let seconds = (MonotonicTime.now - start).inSeconds
            let peak = Self.peakMemory(bridge.pid)
            #expect(await eventually { subscriber.numbers("visage/lab/events").last == last })
            // What was confirmed before the broker died went to nobody who is asked here.
            let arrivals = Arrivals(Array(1...before) + subscriber.numbers("visage/lab/events"), upTo: last)
            print(
                """
                visage-mqtt: \(last - before) events of an hour without a broker caught up in \
                \(String(format: "%.1f", seconds)) s: \(arrivals); at most \(peak) MB, \(idle) MB before
                """)
            #expect(arrivals.isComplete, "\(arrivals)")
            #expect(peak > 0 && peak < idle + 32)
            bridge.signal(SIGTERM)
            #expect(try await bridge.wait().exitCode == 0)
            await source.end()
        }

        /// The most memory that a process has had, in MB.
        private static func peakMemory(_ process: Int32) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
            return status.firstMatch(of: #/VmHWM:\s+([0-9]+)/#).flatMap { Int($0.1) }.map { $0 >> 10 } ?? 0
        }
    }
}

/// Which numbers of events arrived, and in which order each came for the first time.
struct Arrivals: CustomStringConvertible {
    let count: Int
    let missing: Int
    let twice: Int
    let isInOrder: Bool

    init(_ numbers: [Int64], upTo last: Int64) {
        var seen: Set<Int64> = []
        let first = numbers.filter { seen.insert($0).inserted }
        count = first.count
        missing = (1...max(1, last)).count { !seen.contains($0) }
        twice = numbers.count - first.count
        isInOrder = first == first.sorted()
    }

    var isComplete: Bool { missing == 0 && isInOrder }
    var description: String {
        "\(count) events arrived, \(missing) missing, \(twice) came again, first arrivals \(isInOrder ? "" : "not ")in order"
    }
}

/// The configuration and the state of a `visage-mqtt`.
struct BridgeHome {
    let folder: ScratchFolder

    init(_ folder: ScratchFolder) { self.folder = folder }

    func configure(port: Int, host: String = "127.0.0.1", _ keys: [String] = []) throws {
        let own = [
            "host: '\(host)'", "port: \(port)", "machine: lab", "state: mqtt-state",
        ]
        let text = """
            state: state
            events: {socket: events.sock}
            frames: {folder: .}
            recording: {folder: recordings}
            cameras: [{name: demo, source: /clip.mp4}]
            mqtt:
            \((own + keys).map { "  \($0)" }.joined(separator: "\n"))

            """
        try Data(text.utf8).write(to: folder.file("mqtt.yaml"))
    }

    func start() throws -> Program {
        try Program(Programs.path("visage-mqtt"), ["--config", folder.file("mqtt.yaml").path])
    }

    private struct Kept: Decodable {
        struct Place: Decodable {
            let seq: Int64?
        }

        let place: Place
        let retained: [String]
    }

    private func kept() throws -> Kept {
        try JSONDecoder().decode(Kept.self, from: Data(contentsOf: folder.file("mqtt-state/place.json")))
    }

    /// The place on disk.
    func place() throws -> Int64? { try kept().place.seq }
    func retained() throws -> [String] { try kept().retained.sorted() }

    /// Kills the program again and again, at any moment, while events go on, and the broker once.
    func killAtRandom(times: Int, _ broker: BrokerUnderTest, _ source: EventSource) async throws -> Arrivals {
        // Without Home Assistant, whose pauses would make this slow.
        try configure(port: broker.port, ["discovery: ''"])
        var subscribers = [try await broker.subscribe("visage/lab/events")]
        var bridge = try start()
        // So that its place is the beginning.
        #expect(await eventually { (try? place()) != nil }, "\(bridge.errors)")
        var random = SeededRandom(14)
        var last: Int64 = 0
        for round in 0..<times {
            last = source.publish(Int.random(in: 20...400, using: &random))
            await letPass(.milliseconds(Int.random(in: 0...250, using: &random)))
            bridge.signal(SIGKILL)
            _ = try await bridge.wait()
            if round == times / 2 {
                try await broker.kill()
                subscribers.last?.signal(SIGKILL)
                try await broker.start()
                subscribers.append(try await broker.subscribe("visage/lab/events"))
            }
            last = source.publish(Int.random(in: 0...50, using: &random))
            bridge = try start()
        }
        last = source.publish(10)
        #expect(
            await eventually { subscribers.last?.numbers("visage/lab/events").last == last }, "\(bridge.errors)")
        #expect(await eventually { (try? place()) == last })
        bridge.signal(SIGTERM)
        #expect(try await bridge.wait().exitCode == 0)
        await source.end()
        return Arrivals(subscribers.flatMap { $0.numbers("visage/lab/events") }, upTo: last)
    }
}
