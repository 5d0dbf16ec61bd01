import Events
import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// A second daemon that wants what the first one has.
    @Suite struct InUseTests {
        @Test func aSecondDaemonIsRefusedAndTheFirstGoesOn() async throws {
            let material = try Material.get()
            let (first, second) = (try ScratchFolder(), try ScratchFolder())
            let daemon = try await DaemonUnderTest.start(.endless(material), in: first)
            var options = DaemonUnderTest.Options(material)
            options.more = ["log: {level: error}"]

            options.socket = daemon.socket
            let socket = try await outcome(options, in: second)
            expect(socket, 1, "visaged: ", ["The socket \(daemon.socket) is in use by another process"])
            #expect(!FileManager.default.fileExists(atPath: second.file("demo.frames.sock").path))

            (options.socket, options.frames) = ("events.sock", first.url.path)
            let frames = try await outcome(options, in: second)
            expect(frames, 1, "visaged: ", ["The socket \(daemon.frames) is in use by another process"])
            #expect(!FileManager.default.fileExists(atPath: second.file("events.sock").path))

            (options.frames, options.state) = (".", first.file("state").path)
            let log = try await outcome(options, in: second)
            expect(log, 1, "visaged: ", ["Another visaged writes the event log \(options.state)"])

            let heard = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.count > heard })
            _ = try await daemon.stop()
        }

        private func outcome(
            _ options: DaemonUnderTest.Options, in folder: ScratchFolder
        ) async throws -> Program.Outcome {
            let file = folder.file("visaged.yaml")
            try Data(options.configuration.utf8).write(to: file)
            return try await Program.run(Programs.visaged, ["--config", file.path])
        }
    }
}
