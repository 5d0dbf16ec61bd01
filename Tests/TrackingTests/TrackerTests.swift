import TestSupport
import Testing
import Tracking
import VisageCore

@Suite struct TrackerTests {
    @Test func aTrackIsConfirmedByItsThirdSighting() {
        var scene = Scene()
        for count in 1...3 {
            let update = scene.show([Scene.face(50)])
            #expect(scene.confirmed.count == (count < 3 ? 0 : 1))
            #expect(update.unconfirmed.count == (count < 3 ? 1 : 0))
        }
        #expect(scene.confirmed.first?.firstSeen == .zero)
        #expect(scene.confirmed.first?.lastSeen == .milliseconds(80))
    }

    @Test func singleFlickersAreNeverConfirmed() {
        var scene = Scene()
        for frame in 0..<200 { scene.show(frame % 4 == 0 ? [Scene.face(50)] : []) }
        #expect(scene.ids.isEmpty && scene.lost.isEmpty)
        // Nor flickers at a new place each time.
        for frame in 0..<200 { scene.show([Scene.face(Double(frame % 7) * 400)]) }
        #expect(scene.ids.isEmpty && scene.lost.isEmpty)
    }

    @Test func weakFacesContinueATrackButBeginNone() {
        var scene = Scene()
        scene.show([Scene.face(50, score: 0.4)], times: 20)
        #expect(scene.tracker.tracks.isEmpty)
        scene.show([Scene.face(50)], times: 5)
        let id = scene.id(at: 50)
        for step in 0..<100 { scene.show([Scene.face(50 + Double(step), score: 0.4)]) }
        #expect(id != nil && scene.id(at: 149) == id)
        #expect(scene.ids.count == 1 && scene.lost.isEmpty)
    }

    @Test func tooWeakFacesAreNothing() {
        var scene = Scene()
        scene.show([Scene.face(50)], times: 5)
        scene.show([Scene.face(50, score: 0.2)], times: 80)
        #expect(scene.tracker.tracks.isEmpty && scene.lost.count == 1)
    }

    @Test func aMovingFaceKeepsItsNumber() {
        var scene = Scene()
        // 30 pixels a frame, and back: a third of the face each frame.
        for step in 0..<40 { scene.show([Scene.face(Double(step < 20 ? step : 40 - step) * 30)]) }
        #expect(scene.ids.count == 1 && scene.tracker.tracks.count == 1)
    }

    /// Two people walk past each other, one before the other: for some frames there is one face only.
    @Test func crossingFacesKeepTheirNumbers() {
        var scene = Scene()
        for step in 0..<60 {
            let left = Double(step) * 12
            let right = 700 - Double(step) * 12
            let isHidden = abs(left - right) < 60
            scene.show([Scene.face(left)] + (isHidden ? [] : [Scene.face(right, 110)]))
            if step == 10 { #expect(scene.ids.count == 2) }
        }
        #expect(scene.ids.count == 2, "nobody new")
        #expect(scene.id(at: 59 * 12) == 1, "the one from the left is on the right")
        #expect(scene.id(at: 700 - 59 * 12) == 2)
    }

    @Test func ashortOcclusionIsBridgedAlongTheMotion() {
        var scene = Scene()
        for step in 0..<20 { scene.show([Scene.face(Double(step) * 15)]) }
        scene.show([], times: 10)
        #expect(scene.confirmed.first?.face == nil)
        for step in 30..<40 { scene.show([Scene.face(Double(step) * 15)]) }
        #expect(scene.ids.count == 1 && scene.tracker.tracks.count == 1)
        #expect(scene.id(at: 39 * 15) == 1)
    }

    /// A frame in 1.2 seconds, as a camera in a crowd on a slow machine gives.
    @Test func aSlowCameraDoesNotLoseWhoStaysThere() {
        var tracker = Tracker()
        for frame in 0..<10 {
            _ = tracker.update([Scene.face(50 + Double(frame % 3))], at: .milliseconds(1200 * frame))
        }
        #expect(tracker.tracks.count == 1 && tracker.tracks[0].isConfirmed)
        // One gap among frames that come as they should is another matter.
        var scene = Scene()
        scene.show([Scene.face(50)], times: 10)
        let before = scene.id(at: 50)
        _ = scene.tracker.update([Scene.face(50)], at: scene.time + .milliseconds(1200))
        #expect(before != nil && scene.tracker.tracks.count == 2)
    }

    @Test func longAwayMeansANewTrack() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 10)
        scene.show([], times: 25)
        scene.show([Scene.face(100)], times: 5)
        #expect(scene.ids.count == 2, "after a second the place alone says nothing")
    }

    @Test func aFaceIsLostOnceAfterItsTime() {
        var options = Tracker.Options()
        options.lostAfter = .seconds(2)
        var scene = Scene(options)
        scene.show([Scene.face(100)], times: 10)
        var when: [Duration] = []
        for _ in 0..<100 {
            let now = scene.time
            if !scene.show([]).lost.isEmpty { when.append(now) }
        }
        // Last seen in frame 9, at 360 ms.
        #expect(when == [.milliseconds(2360)])
        #expect(scene.lost.map(\.id) == [1] && scene.tracker.tracks.isEmpty)
    }

    @Test func numbersGrowAndAreNotUsedAgain() {
        var scene = Scene()
        for round in 0..<5 {
            scene.show([Scene.face(Double(round) * 300)], times: 4)
            scene.show([], times: 90)
        }
        #expect(scene.lost.map(\.id) == [1, 2, 3, 4, 5])
    }

    @Test func endGivesBackTheConfirmedOnes() {
        var scene = Scene()
        scene.show([Scene.face(100)], times: 4)
        scene.show([Scene.face(100), Scene.face(600)])
        #expect(scene.tracker.end().map(\.id) == [1])
        #expect(scene.tracker.tracks.isEmpty)
    }
}
