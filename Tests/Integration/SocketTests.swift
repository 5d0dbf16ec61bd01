import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// What outsiders read from the sockets of a running daemon, with programs that are not ours.
    @Suite struct SocketTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func start() async throws -> DaemonUnderTest {
            try await .start(.endless(material), in: folder)
        }

        @Test func socatAndNetcatTailTheEvents() async throws {
            let daemon = try await start()
            let readers = [
                try Program("socat", ["-u", "UNIX-CONNECT:\(daemon.socket)", "-"]),
                // Both end their sending half at once; -N says so to the daemon.
                try Program("nc", ["-U", daemon.socket]),
                try Program("nc", ["-N", "-U", daemon.socket]),
            ]
            for reader in readers {
                #expect(await eventually { reader.output.contains("face.lost") }, "\(reader.errors)")
            }
            let logged = try await daemon.stop()
            for reader in readers {
                let outcome = try await reader.wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
                let events = try EventCollector.events(in: outcome.output)
                let hello = try #require(events.first)
                #expect(hello.type == .hello && hello.cameras == ["demo"])
                // From the moment of the greeting on, everything, to the end.
                #expect(Array(events.dropFirst()) == logged.filter { $0.seq ?? 0 > hello.newest ?? 0 })
            }
        }

        @Test func aLineMayAskForTheLogOrForSomeTypes() async throws {
            let daemon = try await start()
            #expect(await eventually { daemon.collector.logged.count > 10 })
            let ask =
                #"printf '{"since": 2, "types": ["face.appeared", "frame"]}' | "#
                + #"socat -t \#(testTimeoutSeconds) - UNIX-CONNECT:"$0""#
            let reader = try Program("bash", ["-c", ask, daemon.socket])
            #expect(await eventually { reader.output.contains("Barack Obama") })
            let logged = try await daemon.stop()
            let events = try EventCollector.events(in: await reader.wait().output).dropFirst()
            #expect(Set(events.map(\.type)) == [.appeared, .frame])
            #expect(
                events.filter { $0.type == .appeared }
                    == logged.filter { $0.type == .appeared && $0.seq ?? 0 > 2 })
            #expect(events.contains { $0.faces?.contains { $0.name == "Barack Obama" } == true })
        }

        @Test func ffprobeReadsTheFrames() async throws {
            let daemon = try await start()
            let outcome = try await Program.run(
                "ffprobe",
                [
                    "-v", "error", "-f", "mpjpeg", "-read_intervals", "%+#5", "-count_frames",
                    "-show_entries",
                    "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0",
                    "unix:\(daemon.frames)",
                ])
            #expect(outcome.exitCode == 0 && outcome.output.hasPrefix("mjpeg,1280,720,5"), "\(outcome)")
            _ = try await daemon.stop()
        }

        @Test func sigtermEndsEverythingProperly() async throws {
            let daemon = try await start()
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .lost } })
            let logged = try await daemon.stop()
            #expect(Story.all(in: logged).allSatisfy { $0.events.last?.type == .lost })
            #expect(logged.last?.reason == "stopped")
            let recording = try #require(daemon.recordings.first)
            let frames = try await Video.decoded(recording.path)
            // Every frame that an event speaks of is there.
            #expect(logged.compactMap { $0.frame?.number }.allSatisfy { $0 < frames })
            #expect(daemon.recordings.count == 1)
        }
    }
}

extension DaemonUnderTest.Options {
    /// Over and over, with faces that are lost at each turn, so that there is always something to tell.
    static func endless(_ material: Material) -> Self {
        var options = Self(material)
        (options.source, options.loop) = (material.loopClip, true)
        options.more = ["tracking: {lost_after: 0.1}"]
        return options
    }
}
