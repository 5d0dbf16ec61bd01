import Evaluation
import Events
import Foundation
import Testing
import VisageCore

@Suite struct TrackSummaryTests {
    /// Five frames, 0.1 s apart, with one face that moves by ten pixels each. It has no track in the first two frames.
    private func run(_ verdicts: [Int: CameraEvent] = [:], recognizable: Set<Int> = [0, 1, 2, 3, 4]) -> TrackRun {
        var events: [CameraEvent] = []
        for number in 0..<5 {
            if number == 2 { events.append(RunEvents.event(.appeared, 2, track: 7)) }
            if let event = verdicts[number] { events.append(event) }
            let face = RunEvents.face(Self.box(number), track: number < 2 ? nil : 7)
            events.append(RunEvents.frame(number, [face]))
        }
        return TrackRun(
            events: events,
            recognizable: Dictionary(uniqueKeysWithValues: recognizable.map { ($0, [Self.box($0)]) }))
    }

    private static func box(_ number: Int) -> BoundingBox { RunEvents.box(Double(10 * number)) }

    private func summary(of run: TrackRun) throws -> TrackSummary {
        let all = TrackSummary.all(in: run)
        #expect(all.count == 1)
        return try #require(all.first)
    }

    @Test func aTrackBeginsWhereItsFaceWasFirstDetected() throws {
        let run = run()
        #expect(abs(run.interval - 0.1) < 1e-9)
        let track = try summary(of: run)
        #expect(track.track == 7 && track.from == 0 && track.to == 0.4)
        #expect(track.recognizable == 0 && track.waited == 0.5, "never named: all five frames")
        #expect(track.name == nil && track.unknownID == nil && track.named == nil && track.names.isEmpty)
    }

    @Test func waitingEndsWithTheFirstName() throws {
        let track = try summary(of: run([3: RunEvents.decided(3, track: 7, .person("Ann"))]))
        #expect(track.name == "Ann" && track.named == 0.3 && track.waited == 0.3)
    }

    @Test func onlyRecognizableFramesAreWaitedFor() throws {
        let track = try summary(of: run(recognizable: [1, 4]))
        #expect(track.from == 0 && track.recognizable == 0.1 && track.waited == 0.2)
        let none = try summary(of: run(recognizable: []))
        #expect(none.recognizable == nil && none.waited == 0)
    }

    @Test func theLastVerdictCounts() throws {
        let track = try summary(
            of: run([
                2: RunEvents.decided(2, track: 7, .person("Ann")),
                3: RunEvents.event(
                    .revised(RunEvents.verdict(.person("Bob")), from: .person("Ann")), 3, track: 7),
                4: RunEvents.event(
                    .revised(RunEvents.verdict(.unknown(id: "unknown-1")), from: .person("Bob")), 4, track: 7),
            ]))
        #expect(track.names == ["Ann", "Bob"])
        #expect(track.name == nil && track.unknownID == "unknown-1" && track.named == nil)
    }

    @Test func theBestViewComesFromTheEnd() throws {
        let best = FaceSighting(frame: 3, pts: .milliseconds(300), box: RunEvents.box(30), quality: 0.7)
        let lost = RunEvents.event(
            .lost(TrackEnd(duration: .seconds(1), best: best, verdict: nil)), 4, track: 7)
        let view = try #require(try summary(of: run([4: lost])).best)
        #expect(view.frame == 3 && view.ptsMs == 300 && view.box == [30, 0, 100, 100] && view.quality == 0.7)
    }

    @Test func anotherFaceBeforeIsNotTheSameTrack() throws {
        // IoU 20/180 with the face of the next frame.
        let events = [
            RunEvents.frame(0, [RunEvents.face(RunEvents.box(80), track: nil)]),
            RunEvents.event(.appeared, 1, track: 1), RunEvents.frame(1, [RunEvents.face(RunEvents.box(0), track: 1)]),
        ]
        #expect(try summary(of: TrackRun(events: events, recognizable: [:])).from == 0.1)
    }

    @Test func tracksAreSortedByNumber() {
        let events = [9, 2, 5].map { RunEvents.event(.appeared, 0, track: $0) }
        #expect(TrackSummary.all(in: TrackRun(events: events, recognizable: [:])).map(\.track) == [2, 5, 9])
    }

    @Test func theKeysAreThoseOfTheCommand() throws {
        let track = try summary(of: run([3: RunEvents.decided(3, track: 7, .unknown(id: "unknown-1"))]))
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(track))
        let keys = try #require(json as? [String: Any]).keys
        #expect(Set(keys) == ["track", "from", "to", "unknown_id", "names", "recognisable", "waited"])
    }
}
