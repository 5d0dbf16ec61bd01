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
