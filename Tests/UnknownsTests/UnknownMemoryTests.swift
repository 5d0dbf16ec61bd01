import Foundation
import TestSupport
import Testing
import Unknowns
import VisageCore

@Suite struct UnknownMemoryTests {
    private let memory = Strangers.memory()
    private var door: any UnknownPeople { memory.camera("door", isStart: true) }
    private var yard: any UnknownPeople { memory.camera("yard", isStart: true) }

    @Test func whoComesBackHasTheSameIDOnEveryCamera() {
        #expect(door.visit(1, track: 1) == "unknown-1")
        #expect(door.visit(2, track: 2) == "unknown-2")
        #expect(yard.visit(1, track: 3, view: 1) == "unknown-1")
        #expect(door.visit(2, track: 4, view: 1) == "unknown-2")
        #expect(memory.counts == .init(people: 2, views: 0, dropped: 0) && memory.highest == 2)
    }

    /// As after a restart with a gallery of another embedder: nobody is known again, and nobody is lost.
    @Test func anotherEmbedderKnowsItsOwnPeopleOnly() {
        let other = memory.camera("door", isStart: true, embedder: Strangers.otherOrigin, curve: Strangers.curve)
        #expect(door.visit(1, track: 1) == "unknown-1")
        #expect(
            other.visit(1, track: 2, view: 1) == "unknown-2", "embeddings of two embedders say nothing of each other")
        #expect(other.visit(1, track: 3, view: 2) == "unknown-2")
        #expect(door.visit(1, track: 4, view: 3) == "unknown-1")
        #expect(memory.counts.people == 2)
    }

    @Test func aThousandStrangersAreAThousand() {
        let ids = (0..<1000).map { door.visit($0, track: $0) }
        #expect(Set(ids).count == 1000)
        #expect((0..<1000).allSatisfy { door.visit($0, track: 2000 + $0, view: 1) == ids[$0] })
    }

    /// The more there are, the more alike it has to be.
    @Test func theThresholdHoldsTheRateOfWrongReturns() throws {
        let few = ReturnRule(among: 3, curve: Strangers.curve)
        #expect(try abs(#require(few.threshold) - 0.612) < 0.01 && abs(#require(few.far) - 1e-4) < 1e-6)
        let many = ReturnRule(among: 1000, curve: Strangers.curve)
        #expect(try abs(#require(many.threshold) - 0.696) < 0.01)
        #expect(ReturnRule(among: 3, curve: []).threshold == nil, "nothing is known of the embedder: all are new")
    }

    @Test func whoIsSeenBesideSomebodyIsSomebodyElse() {
        let first = door.recognize(Strangers.face(1), track: 1, besides: [], at: Strangers.start)
        #expect(door.visit(1, track: 2, view: 1, besides: [first]) != first, "a twin")
    }

    /// Blurred faces are alike, whoever they are.
    @Test func aVagueFaceIsNewAndNotRemembered() {
        #expect(door.visit(1, track: 1) == "unknown-1")
        #expect(
            door.recognize(Strangers.face(1, isClear: false), track: 2, besides: [], at: Strangers.start)
                == "unknown-2")
        #expect(memory.counts.people == 1)
        door.leave(track: 2)
        #expect(door.visit(2, track: 3) == "unknown-3", "the number is not given again")
    }

    @Test func whoTurnsOutToBeSomebodyFromBeforeGoesOnUnderTheOlderNumber() {
        door.visit(1, track: 1, views: 1)
        #expect(
            door.recognize(Strangers.face(1, isClear: false), track: 2, besides: [], at: Strangers.start)
                == "unknown-2")
        door.keep(Strangers.view(1, 7), track: 2)
        #expect(door.learn(Strangers.face(1, isClear: false), track: 2, at: Strangers.start) == nil)
        #expect(door.learn(Strangers.face(1, view: 2), track: 2, at: Strangers.start) == "unknown-1")
        #expect(door.learn(Strangers.face(1, view: 2), track: 2, at: Strangers.start) == nil, "once")
        #expect(memory.counts == .init(people: 1, views: 2, dropped: 0))
        door.leave(track: 2)
        #expect(door.visit(1, track: 3, view: 3) == "unknown-1")
    }

    @Test func aNameTakesBackTheVisitOfOneWhoWasFoundLater() {
        door.visit(1, track: 1, views: 1)
        _ = door.recognize(Strangers.face(1, isClear: false), track: 2, besides: [], at: Strangers.start)
        door.keep(Strangers.view(1, 7), track: 2)
        door.learn(Strangers.face(1, view: 2), track: 2, at: Strangers.start)
        door.withdraw(track: 2)
        #expect(memory.counts == .init(people: 1, views: 1, dropped: 0))
    }

    @Test func whoIsSeenBesideTheEarlierOneStaysNew() {
        let first = door.recognize(Strangers.face(1), track: 1, besides: [], at: Strangers.start)
        _ = door.recognize(Strangers.face(1, isClear: false), track: 2, besides: [first], at: Strangers.start)
        #expect(door.learn(Strangers.face(1, view: 2), track: 2, at: Strangers.start) == nil, "a twin")
    }

    @Test func aNameTakesBackWhatTheTrackLeft() {
        door.visit(1, track: 1, views: 2)
        #expect(door.recognize(Strangers.face(1, view: 1), track: 2, besides: [], at: Strangers.start) == "unknown-1")
        door.keep(Strangers.view(1, 7), track: 2)
        #expect(memory.counts.views == 3)
        door.withdraw(track: 2)
        #expect(memory.counts == .init(people: 1, views: 2, dropped: 0), "what was there before stays")
        #expect(door.recognize(Strangers.face(5), track: 3, besides: [], at: Strangers.start) == "unknown-2")
        door.keep(Strangers.view(5, 0), track: 3)
        door.withdraw(track: 3)
        #expect(memory.counts == .init(people: 1, views: 2, dropped: 0), "nobody else had left anything")
        #expect(door.visit(6, track: 4) == "unknown-3")
    }

    @Test func theBestViewsAreKept() {
        _ = door.recognize(Strangers.face(1), track: 1, besides: [], at: Strangers.start)
        for view in 0..<20 { door.keep(Strangers.view(1, view, quality: 0.3 + 0.03 * Double(view)), track: 1) }
        #expect(memory.counts.views == UnknownSettings().views)
        door.keep(Strangers.view(1, 40, quality: 0.05), track: 1)
        #expect(memory.counts.views == UnknownSettings().views, "a poor one is none")
    }

    @Test func anIDComesBackWithinItsTime() {
        let late = Strangers.start.addingTimeInterval(31 * Strangers.day)
        #expect(door.visit(1, track: 1) == "unknown-1")
        #expect(door.visit(1, track: 2, at: Strangers.start.addingTimeInterval(29 * Strangers.day)) == "unknown-1")
        #expect(door.visit(1, track: 3, at: late) == "unknown-1", "from when it was seen last")
        #expect(door.visit(1, track: 4, at: late.addingTimeInterval(31 * Strangers.day)) == "unknown-2")
    }

    @Test func aClockThatWasSetBackForgetsNobody() {
        door.visit(1, track: 1, views: 2)
        memory.trim(at: Date(timeIntervalSince1970: 0))
        #expect(memory.counts == .init(people: 1, views: 2, dropped: 0))
        #expect(door.visit(1, track: 2, at: Date(timeIntervalSince1970: 60)) == "unknown-1")
    }

    /// A file gives the same events whatever another camera sees meanwhile.
    @Test func aFileKnowsWhatItSawItselfAndWhatWasKnownAtTheStart() {
        for order in [[0, 1], [1, 0]] {
            let memory = Strangers.memory(files: ["a", "b"], isLive: false)
            let cameras = ["a", "b"].map { memory.camera($0, isStart: true) }
            var ids = ["", ""]
            for index in order { ids[index] = cameras[index].visit(1, track: 1 + index) }
            #expect(ids == ["unknown-1", "unknown-2"])
            #expect(cameras[0].visit(1, track: 3, view: 1) == "unknown-1")
            #expect(cameras[1].visit(3, track: 4) == "unknown-4")
            let late = memory.camera("late", isStart: false)
            #expect(late.visit(3, track: 5, view: 1) == "unknown-4", "live ones know all")
        }
    }
}
