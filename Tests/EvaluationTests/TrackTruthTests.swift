import Evaluation
import Testing
import VisageCore

@Suite struct TrackTruthTests {
    /// Footage whose people are listed for each frame.
    private struct ListedFootage: Footage {
        let name = "listed"
        let isComplete = true
        let frames: [[FilmedPerson]?]

        var count: Int { frames.count }
        func source() throws -> any FrameSource { throw VisageError(.source, "It is not played") }
        func people(in frame: Int) -> [FilmedPerson]? { frames[frame] }
    }

    private func person(_ name: String, stay: Int, x: Double, isWhole: Bool = true) -> FilmedPerson {
        FilmedPerson(name: name, stay: stay, box: RunEvents.box(x), isWhole: isWhole)
    }

    /// - Parameters:
    ///   - tracks: for each frame the tracks in it, with their left edges.
    ///   - verdicts: events that come before the first frame.
    private func measure(
        _ people: [[FilmedPerson]?], _ tracks: [[Int: Double]], verdicts: [CameraEvent] = []
    ) -> TrackTruth? {
        let frames = tracks.enumerated().map { number, tracks in
            RunEvents.frame(
                number, tracks.sorted { $0.key < $1.key }.map { RunEvents.face(RunEvents.box($1), track: $0) })
        }
        let run = TrackRun(events: verdicts + frames, recognizable: [:])
        return TrackTruth(ListedFootage(frames: people), run, TrackSummary.all(in: run))
    }

    @Test func aSwitchIsReportedWithPersonAndTime() throws {
        let truth = try #require(
            measure(
                Array(repeating: [person("Ann", stay: 1, x: 0)], count: 4), [[1: 0], [1: 0], [2: 0], [2: 0]]))
        #expect(truth.stays == 1 && truth.tracks == 2 && truth.recall == 1 && truth.precision == 1)
        let change = try #require(truth.switches.first)
        #expect(truth.switches.count == 1)
        #expect(change.at == 0.2 && change.person == "Ann" && change.from == 1 && change.to == 2)
        // Four true boxes, four of tracks, and two that agree if Ann has either track.
        #expect(truth.idf1 == 0.5)
    }

    @Test func aNewStayMayHaveANewTrack() throws {
        let truth = try #require(
            measure([[person("Ann", stay: 1, x: 0)], [], [person("Ann", stay: 2, x: 0)]], [[1: 0], [:], [2: 0]]))
        #expect(truth.stays == 2 && truth.switches.isEmpty && truth.idf1 == 1)
    }

    @Test func namesOfOthersAreWrongAndShared() throws {
        let verdicts = [
            RunEvents.decided(0, track: 1, .person("Ann")),
            RunEvents.decided(0, track: 2, .person("Ann")),
            RunEvents.decided(0, track: 3, .unknown(id: "unknown-1")),
        ]
        let truth = try #require(
            measure(
                [[person("Ann", stay: 1, x: 0), person("Bob", stay: 2, x: 500), person("Cid", stay: 3, x: 900)]],
                [[1: 0, 2: 500, 3: 900]], verdicts: verdicts))
        #expect(truth.identities == 2, "Ann and unknown-1")
        #expect(truth.shared == 1 && truth.wrongNames == 1, "Bob is called Ann")
    }

    @Test func aPartOfAFaceIsNotExpectedToHaveATrack() throws {
        let truth = try #require(measure([[person("Ann", stay: 1, x: 0, isWhole: false)]], [[:]]))
        #expect(truth.stays == 0 && truth.recall == 1)
    }

    @Test func withoutKnownPeopleThereIsNoTruth() {
        #expect(measure([nil, nil], [[1: 0], [1: 0]]) == nil)
        #expect(measure([nil, [person("Ann", stay: 1, x: 0)]], [[1: 0], [1: 0]])?.stays == 1)
    }
}
