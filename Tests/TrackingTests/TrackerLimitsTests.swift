import TestSupport
import Testing
import Tracking
import VisageCore

@Suite struct TrackerLimitsTests {
    @Test func afterACutNobodyIsWhereTheyWere() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 10)
        scene.show([Scene.face(100)], isCut: true)
        scene.show([Scene.face(100)], times: 5)
        #expect(scene.id(at: 100) == 2, "another face at the same place")
        #expect(
            scene.tracker[1]?.face == nil && scene.tracker[1] != nil, "the first one is away, not lost yet")
        scene.show([Scene.face(100)], times: 80)
        #expect(scene.lost.map(\.id) == [1])
    }

    @Test func aCutEndsWhatWasNotConfirmed() {
        var scene = Scene()
        scene.show([Scene.face(100)])
        scene.show([Scene.face(100)])
        scene.show([], isCut: true)
        #expect(scene.tracker.tracks.isEmpty)
    }

    @Test func aFaceComesBackByJoin() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 10)
        scene.show([], times: 40)
        scene.show([Scene.face(500)], times: 5)
        #expect(scene.id(at: 500) == 2)
        scene.tracker.join(2, to: 1)
        #expect(scene.id(at: 500) == 1 && scene.tracker.tracks.count == 1)
        for step in 0..<20 { scene.show([Scene.face(500 + Double(step) * 10)]) }
        #expect(scene.id(at: 690) == 1, "it moves on from its new place")
        #expect(scene.lost.isEmpty)
    }

    @Test func joiningWhatIsNotThereChangesNothing() {
        var scene = Scene()
        scene.show([Scene.face(100), Scene.face(500)], times: 5)
        scene.tracker.join(1, to: 1)
        scene.tracker.join(1, to: 99)
        scene.tracker.join(99, to: 1)
        #expect(scene.confirmed.map(\.id) == [1, 2])
        #expect(scene.confirmed.allSatisfy { $0.face != nil })
    }

    @Test func aSplitTrackGoesOnUnderANewNumber() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 10)
        let new = scene.tracker.split(1)
        #expect(new == 2)
        #expect(scene.tracker[1]?.face == nil && scene.tracker[2]?.face != nil)
        #expect(scene.tracker[2]?.isConfirmed == true)
        scene.show([Scene.face(105)], times: 85)
        #expect(scene.id(at: 105) == 2 && scene.lost.map(\.id) == [1])
        #expect(scene.tracker.split(1) == nil && scene.tracker.split(77) == nil)
    }

    @Test func aTrackThatIsAwayCannotBeSplit() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 10)
        scene.show([])
        #expect(scene.tracker.split(1) == nil)
    }

    @Test(arguments: [0.0, 0.5]) func memoryIsBounded(confirmed share: Double) {
        var options = Tracker.Options()
        options.maximumTracks = 64
        options.confirmAfter = share > 0 ? 1 : 3
        var tracker = Tracker(options: options)
        var random = SeededRandom(9)
        var most = 0
        for frame in 0..<300 {
            let faces = (0..<100).map { _ in
                Scene.face(
                    .random(in: -1000..<50_000, using: &random), .random(in: -1000..<50_000, using: &random),
                    score: .random(in: 0..<1, using: &random), size: .random(in: 0..<300, using: &random))
            }
            let update = tracker.update(faces, at: .milliseconds(40 * frame))
            most = max(most, tracker.tracks.count)
            #expect(update.unconfirmed.count <= faces.count)
        }
        #expect(most <= 64)
        #expect(share == 0 || most == 64, "the limit was reached")
    }

    @Test(arguments: [
        BoundingBox(x: 0, y: 0, width: 0, height: 0), BoundingBox(x: 0, y: 0, width: 1e9, height: 1e9),
        BoundingBox(x: -1e9, y: 1e9, width: 1e-9, height: 1e9),
        BoundingBox(x: 5, y: 5, width: -5, height: -5),
    ])
    func strangeBoxesDoNoHarm(box: BoundingBox) {
        var scene = Scene()
        for _ in 0..<50 {
            scene.show([Scene.face(300), Face(box: box, landmarks: nil, score: 0.9)])
        }
        #expect(scene.id(at: 300) != nil)
        #expect(scene.confirmed.allSatisfy { $0.box.x.isFinite && $0.box.width.isFinite })
    }

    @Test func timeThatStandsStillDoesNoHarm() {
        var tracker = Tracker()
        for _ in 0..<10 { _ = tracker.update([Scene.face(100)], at: .seconds(1)) }
        _ = tracker.update([Scene.face(100)], at: .zero)
        #expect(tracker.tracks.count == 1)
        #expect(tracker.tracks.allSatisfy { $0.box.x.isFinite })
    }

    @Test func theSameFacesGiveTheSameTracks() {
        func run() -> [String] {
            var tracker = Tracker()
            var random = SeededRandom(21)
            return (0..<200).map { frame in
                let faces = (0..<12).map { index in
                    Scene.face(
                        Double(index * 90) + .random(in: -40..<40, using: &random),
                        .random(in: 80..<120, using: &random), score: .random(in: 0.2..<1, using: &random))
                }
                let update = tracker.update(faces, at: .milliseconds(40 * frame), isCut: frame % 50 == 49)
                return
                    "\(tracker.tracks.map { "\($0.id) \($0.box) \($0.isConfirmed)" }) \(update.lost.map(\.id))"
            }
        }
        #expect(run() == run())
    }
}
