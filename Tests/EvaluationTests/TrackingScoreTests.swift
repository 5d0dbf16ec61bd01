import Evaluation
import TestSupport
import Testing
import VisageCore

@Suite struct TrackingScoreTests {
    private func box(_ x: Double) -> BoundingBox { BoundingBox(x: x, y: 0, width: 100, height: 100) }

    private func figures(_ frames: [(people: [Int: Double], tracks: [Int: Double])]) -> TrackingScore.Figures {
        var score = TrackingScore()
        for frame in frames {
            score.add(
                frame.people.sorted { $0.key < $1.key }.map { .init(id: $0.key, box: box($0.value)) },
                tracked: frame.tracks.sorted { $0.key < $1.key }.map { ($0.key, box($0.value)) })
        }
        return score.figures
    }

    @Test func perfectFollowingScoresOne() {
        let result = figures((0..<10).map { ([1: Double($0), 2: 500], [7: Double($0), 8: 500]) })
        #expect(result.idf1 == 1 && result.switches == 0 && result.recall == 1 && result.precision == 1)
        #expect(result.people == 2 && result.tracks == 2)
    }

    /// By hand: 4 places, track 7 for one of them, 8 for three: IDTP 3, IDFN 1, IDFP 1.
    @Test func aSwitchCostsWhatItTakes() {
        let result = figures([
            ([1: 0], [7: 0]), ([1: 0], [8: 0]), ([1: 0], [8: 0]), ([1: 0], [8: 0]),
        ])
        #expect(result.switches == 1 && result.idf1 == 0.75 && result.recall == 1 && result.precision == 1)
    }

    @Test func twoWhoSwapTracksAreTwoSwitches() {
        var frames: [(people: [Int: Double], tracks: [Int: Double])] = [([1: 0, 2: 500], [7: 0, 8: 500])]
        frames.append(([1: 0, 2: 500], [8: 0, 7: 500]))
        #expect(figures(frames).switches == 2 && figures(frames).idf1 == 0.5)
    }

    @Test func whoIsBackUnderTheSameTrackHasNotSwitched() {
        let result = figures([([1: 0], [7: 0]), ([1: 0], [:]), ([:], [:]), ([1: 300], [7: 300])])
        #expect(result.switches == 0 && result.recall == 2.0 / 3)
        // IDTP 2, 3 places, 2 boxes.
        #expect(abs(result.idf1 - 0.8) < 1e-9)
    }

    @Test func aTrackOnOneWhoIsNobodyIsAFalseOne() {
        let result = figures([([1: 0], [7: 0, 9: 900])])
        #expect(result.precision == 0.5 && result.tracks == 2)
        // IDTP 1, 1 place, 2 boxes.
        #expect(abs(result.idf1 - 2.0 / 3) < 1e-9)
    }

    @Test func halfABoxBesideIsNotTheSamePlace() {
        // IoU 50/150.
        #expect(figures([([1: 0], [7: 50])]).recall == 0)
        // IoU 70/130.
        #expect(figures([([1: 0], [7: 30])]).recall == 1)
    }

    @Test func whoHoldsATrackKeepsItWhileItFits() {
        let result = figures([([1: 0], [7: 0]), ([1: 0], [7: 20, 8: 0])])
        #expect(result.switches == 0, "8 fits better, but 7 still fits")
    }

    @Test func partsOfFacesCountNeitherWay() {
        var score = TrackingScore()
        score.add([.init(id: 1, box: box(0), counts: false)], tracked: [(7, box(10))])
        #expect(score.figures.tracks == 0 && score.figures.precision == 1 && score.figures.idf1 == 1)
    }

    @Test func othersDoNotCountWhereNotAllAreKnown() {
        var score = TrackingScore()
        score.add([.init(id: 1, box: box(0))], tracked: [(7, box(0)), (8, box(700))], isComplete: false)
        #expect(score.figures.precision == 1 && score.figures.tracks == 1)
    }

    @Test func switchesAreReturned() {
        var score = TrackingScore()
        score.add([.init(id: 1, box: box(0))], tracked: [(7, box(0))])
        let changes = score.add([.init(id: 1, box: box(0))], tracked: [(8, box(0))])
        #expect(changes.tracks == [1: 8] && changes.switches == [.init(person: 1, from: 7, to: 8)])
    }
}
