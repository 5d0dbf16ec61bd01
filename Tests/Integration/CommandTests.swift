import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// `visage tail` and `visage status` on a running daemon.
    @Suite struct CommandTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func tail(_ daemon: DaemonUnderTest, _ arguments: String...) throws -> Program {
            try Program(Programs.visage, ["tail", "--socket", daemon.socket] + arguments)
        }

        @Test func tailShowsWhatHappens() async throws {
            let daemon = try await DaemonUnderTest.start(.endless(material), in: folder)
            let words = try tail(daemon, "--since", "0", "--no-reconnect")
            let json = try tail(daemon, "--since", "0", "--no-reconnect", "--json")
            let names = try tail(
                daemon, "--since", "0", "--no-reconnect", "--json", "--type", "face.identified", "--camera",
                "demo")
            let elsewhere = try await visage("tail", "--socket", daemon.socket, "--camera", "elsewhere")
            expect(elsewhere, 1, "visage: ", [#"no camera "elsewhere"; there are demo"#])
            let interrupted = try tail(daemon, "--type", "frame")
            #expect(await eventually { interrupted.output.contains("Barack Obama") })
            interrupted.signal(SIGINT)
            #expect(try await interrupted.wait().exitCode == 0)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .lost } })
            let logged = try await daemon.stop()

            for program in [words, json, names] { #expect(try await program.wait().exitCode == 0) }
            #expect(try EventCollector.events(in: json.output).filter { $0.seq != nil } == logged)
            #expect(
                try EventCollector.events(in: names.output).filter { $0.seq != nil }
                    == logged.filter { $0.type == .identified })
            let lines = words.output.split(separator: "\n")
            #expect(lines.count == logged.count + 1)
            #expect(lines.first?.contains("visaged 0.") == true)
            #expect(
                lines.contains {
                    $0.contains("  demo  track ") && $0.contains(" is Barack Obama (similarity 0.")
                })
        }

        @Test func statusSaysWhatTheDaemonDoes() async throws {
            let daemon = try await DaemonUnderTest.start(.endless(material), in: folder)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .lost } })
            let json = try await visage("status", "--socket", daemon.socket, "--json")
            let words = try await visage("status", "--socket", daemon.socket)
            let logged = try await daemon.stop()

            #expect(json.exitCode == 0 && json.complaints.isEmpty)
            let status = try object(json.output)
            #expect(
                Set(status.keys) == ["version", "run", "cameras", "tracks", "oldest", "newest", "status"])
            #expect(status["run"] as? String == logged.first?.run)
            #expect(status["cameras"] as? [String] == ["demo"])
            #expect(status["oldest"] as? Int == 1)
            let details = try #require(status["status"] as? [String: Any])
            let camera = try #require((details["cameras"] as? [[String: Any]])?.first)
            #expect(camera["up"] as? Bool == true && camera["fps"] as? Double ?? 0 > 0, "\(json.output)")
            let recording = camera["recording"] as? [String: Any]
            #expect(recording?["file"] != nil && recording?["free_mb"] as? Int ?? 0 > 0, "\(json.output)")
            #expect((details["gallery"] as? [String: Any])?["people"] as? Int == 2)
            // The collector, and the one who asks.
            #expect((details["subscribers"] as? [Any])?.count == 2)
            #expect(words.exitCode == 0 && words.output.contains("demo    up     1280x720"), "\(words.output)")
            #expect(words.output.contains("MiB free"))
        }
    }
}

/// One JSON object.
func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}
