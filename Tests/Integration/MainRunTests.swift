import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// A clip in, names out.
    @Suite struct MainRunTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test func theClipsPeopleGetTheirNames() async throws {
            var options = DaemonUnderTest.Options(material)
            options.source = Workspace.clip.path
            let events = try await DaemonUnderTest.run(options, in: folder)
            let stories = Story.all(in: events)
            #expect(stories.compactMap(\.problem).isEmpty)

            // He is shown by a photo that is not among those he was learnt from; nobody else may get a name.
            #expect(Set(stories.compactMap(\.name)) == ["Barack Obama"])
            #expect(stories.first?.name == "Barack Obama")
            // Two strangers come and go; each is the same every time.
            let strangers = stories.compactMap(\.unknownID)
            #expect(strangers.count >= 4 && Set(strangers) == ["unknown-1", "unknown-2"])
            // All three are in the picture from second 28.4 to 32.6.
            let together = stories.filter { $0.seen.contains(29_000) && $0.seen.contains(32_000) }
            #expect(together.count == 3 && together.compactMap(\.name) == ["Barack Obama"])
            // Nobody before bare walls.
            #expect(stories.allSatisfy { !$0.seen.contains(500) && !$0.seen.contains(19_900) })
        }

        @Test func eventsTellWhereInTheRecordingTheyAre() async throws {
            let daemon = try await DaemonUnderTest.start(DaemonUnderTest.Options(material), in: folder)
            let events = try await daemon.end()
            let file = try #require(daemon.recordings.first)
            #expect(daemon.recordings.count == 1)
            let stamps = try await Video.stamps(file.path)
            let shown = try await Video.decoded(material.cut)
            #expect(stamps.count == shown)
            #expect(try await Video.decoded(file.path) == shown)
            for event in events where event.track != nil {
                let position = try #require(event.recording)
                let frame = try #require(event.frame)
                #expect(position.file == file.lastPathComponent)
                #expect(abs(stamps[frame.number] - position.offsetMs) <= 1, "\(event)")
                #expect(frame.width == 1280 && frame.height == 720)
            }
        }

        @Test func numbersGoOnInTheNextRun() async throws {
            let options = DaemonUnderTest.Options(material)
            let first = try await DaemonUnderTest.run(options, in: folder)
            let both = try await DaemonUnderTest.run(options, in: folder)
            #expect(both.count == 2 * first.count)
            #expect(both.prefix(first.count) == first[...])
            #expect(Set(both.map(\.run)).count == 2)
        }
    }
}
