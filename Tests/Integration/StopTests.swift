import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Stop signals that come early or late.
    @Suite struct StopTests {
        private let folder: ScratchFolder
        private let file: URL

        init() throws {
            folder = try ScratchFolder()
            var options = DaemonUnderTest.Options(try Material.get())
            options.loop = true
            options.pace = "realtime"
            file = folder.file("visaged.yaml")
            try Data(options.configuration.utf8).write(to: file)
        }

        private func exists(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.file(name).path)
        }

        @Test(
            arguments: [SIGTERM, SIGINT],
            ["state/events.db.seq", "demo.frames.sock", "events.sock", "recordings/demo"])
        func whateverIsThereAlready(_ signal: Int32, _ moment: String) async throws {
            let daemon = try Program(Programs.visaged, ["--config", file.path])
            #expect(await eventually { exists(moment) || daemon.hasEnded })
            daemon.signal(signal)
            let outcome = try await daemon.wait()
            #expect(outcome.exitCode == 0 && outcome.loggedErrors.isEmpty, "\(outcome)")
            #expect(!exists("events.sock") && !exists("demo.frames.sock"))
        }

        @Test func severalAtOnce() async throws {
            let daemon = try Program(Programs.visaged, ["--config", file.path])
            var client: EventClient?
            #expect(
                await eventually {
                    client = try? EventClient(connectingTo: folder.file("events.sock").path)
                    return client != nil
                })
            for signal in [SIGTERM, SIGINT, SIGTERM] { daemon.signal(signal) }
            let outcome = try await daemon.wait()
            #expect(outcome.exitCode == 0 && outcome.loggedErrors.isEmpty, "\(outcome)")
        }
    }
}
