import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// What is left of a daemon that had no time to end.
    @Suite struct KillTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        @Test func killedInTheMiddleOfARun() async throws {
            var options = DaemonUnderTest.Options(material)
            // Without an end, so that it is killed before that however slow the machine is.
            (options.pace, options.loop) = ("realtime", true)
            let killed = try await DaemonUnderTest.start(options, in: folder)
            let frames = try EventCollector(socket: killed.socket, EventRequest(types: ["frame"]))
            // Follows over the kill.
            let tail = try Program(
                Programs.visage, ["tail", "--socket", killed.socket, "--since", "0", "--json"])
            #expect(await eventually { frames.events.last?.frame?.number ?? 0 >= 100 })
            killed.program.signal(SIGKILL)
            #expect(try await killed.program.wait().exitCode == nil)
            #expect(await eventually { frames.hasEnded && killed.collector.hasEnded })
            let last = try #require(frames.events.compactMap(\.frame?.number).max())
            let before = killed.collector.logged

            let recording = try #require(killed.recordings.first)
            // At most the last second is missing.
            #expect(try await Video.decoded(recording.path) >= last - 30)

            // Both sockets' files are still there, and nobody answers.
            #expect(FileManager.default.fileExists(atPath: killed.socket))
            #expect(FileManager.default.fileExists(atPath: killed.frames))
            let next = try await DaemonUnderTest.start(options, in: folder)
            #expect(
                try await eventually {
                    try EventCollector.events(in: tail.output).last?.seq ?? 0 > Int64(before.count)
                }, "\(tail.errors)")
            let all = try await next.stop()
            #expect(Array(all.prefix(before.count)) == before)
            #expect(all.count > before.count && Set(all.map(\.run)).count == 2)
            #expect(next.recordings.count == 2)
            tail.signal(SIGINT)
            let told = try EventCollector.events(in: try await tail.wait().output).filter { $0.seq != nil }
            #expect(told == Array(all.prefix(told.count)) && told.count > before.count)
        }
    }
}
