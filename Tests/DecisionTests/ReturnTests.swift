import TestSupport
import Testing
import Unknowns
import VisageCore

/// Who comes back, and who takes whose place.
@Suite struct ReturnTests {
    @Test func whoComesBackInTimeIsTheSameTrack() {
        var play = Play()
        play.run([.ann { $0 < 2 ? 200 : $0 > 4 ? 700 : nil }], until: 6)
        #expect(play.story == ["appeared 1", "identified 1 Ann"], "nothing new is told")
        #expect(play.number(at: 700) == 1)
        play.finish()
        #expect(play.story.last == "lost 1 Ann" && play.story.count == 3)
        // Up to the last sight, the absence included.
        #expect(play.events.last?.durationMs == 5960)
    }

    @Test func aStrangerComesBackAsTheSameStranger() {
        var play = Play()
        play.run([.stranger { $0 < 2 ? 200 : $0 > 4 ? 700 : nil }], until: 7)
        play.finish()
        #expect(play.story == ["appeared 1", "unknown 1 unknown-1", "lost 1 unknown-1"])
    }

    @Test func whoComesBackLateIsNew() {
        var play = Play()
        play.run([.ann { $0 < 2 ? 200 : $0 > 6 ? 700 : nil }], until: 9)
        play.finish()
        #expect(
            play.story == [
                "appeared 1", "identified 1 Ann", "lost 1 Ann", "appeared 2", "identified 2 Ann",
                "lost 2 Ann",
            ])
    }

    @Test func aStrangerWhoComesBackLateHasTheSameID() {
        let memory = memory()
        var play = Play(unknowns: memory)
        var other = Person.stranger { $0 > 1 && $0 < 3 ? 900 : nil }
        other.embedding = Person.embedding(10)
        play.run([.stranger { $0 < 2 ? 200 : $0 > 6 ? 700 : nil }, other], until: 9)
        play.finish()
        #expect(
            play.story.filter { $0.hasPrefix("unknown") }
                == ["unknown 1 unknown-1", "unknown 2 unknown-2", "unknown 3 unknown-1"])
        #expect(memory.counts.people == 2 && memory.counts.views >= 2)
        var next = Play(unknowns: memory)
        next.run([other], until: 5)
        #expect(next.story == ["appeared 1", "unknown 1 unknown-2"], "another camera")
    }

    /// The verdict has to be given before the face is clear; then it shows who it is.
    @Test func aStrangerWhoIsSeenBadlyAtFirstGetsTheSameIDLater() {
        var play = Play(unknowns: memory())
        var vague = Person.stranger { $0 > 6 && $0 < 8.5 ? 300 : nil }
        vague.quality = 0.16
        var clear = Person.stranger { $0 < 2 || $0 >= 8.5 ? 300 : nil }
        clear.quality = 0.95
        play.run([vague, clear], until: 12)
        play.finish()
        #expect(
            play.story == [
                "appeared 1", "unknown 1 unknown-1", "lost 1 unknown-1", "appeared 2", "unknown 2 unknown-2",
                "revised 2 unknown-1", "lost 2 unknown-1",
            ])
        let revised = play.events.first { $0.type == .revised }
        #expect(revised?.from?.unknownID == "unknown-2" && revised?.to?.unknownID == "unknown-1")
    }

    @Test func somebodyElseIsNotTheOneWhoWasAway() {
        var play = Play()
        play.run([.ann { $0 < 2 ? 200 : nil }, .bob { $0 > 3 ? 700 : nil }], until: 6)
        play.finish()
        #expect(play.story.contains("appeared 2") && play.story.contains("identified 2 Bob"))
        #expect(play.story.contains("lost 1 Ann"))
        #expect(play.times(.lost).first.map { $0 < 5.1 } == true, "Ann is lost in her time")
    }

    /// As similar as one stranger in a hundred: too little to have a name at once, and too little where both were seen
    /// clearly.
    @Test(arguments: [(true, 0.6, false), (false, 0.6, false), (false, 0.16, true)])
    func whoStepsWhereSomebodyStoodHasToBeSimilar(hasName: Bool, quality: Double, isTheSame: Bool) {
        let first: Person = hasName ? .ann { $0 < 2 ? 200 : nil } : .stranger { $0 < 3 ? 200 : nil }
        var next = Person.bob { $0 > 4 ? 200 : nil }
        next.embedding = Person.embedding(20, leaningTo: hasName ? 0 : 9, by: 0.42)
        next.quality = quality
        var play = Play()
        play.run([first, next], until: 8)
        #expect((play.number(at: 200) == 1) == isTheSame, "\(play.story)")
        #expect(!play.story.contains("identified 2 Ann"))
    }

    /// A poor view looks like whoever stood there before, the first good one like somebody else.
    @Test func aFaceThatIsSeenBadlyAtFirstWaitsForABetterView() {
        var turned = Person.bob { $0 > 4 && $0 < 4.3 ? 200 : nil }
        turned.embedding = Person.embedding(20, leaningTo: 9, by: 0.5)
        turned.isTurnedAway = true
        var clear = Person.bob { $0 >= 4.3 ? 200 : nil }
        clear.embedding = Person.embedding(20, leaningTo: 9, by: 0.35)
        var play = Play(delay: 3)
        play.run([.stranger { $0 < 3 ? 200 : nil }, turned, clear], until: 8)
        play.finish()
        #expect(
            play.story == [
                "appeared 1", "unknown 1 unknown-1", "appeared 2", "unknown 2 unknown-2", "lost 1 unknown-1",
                "lost 2 unknown-2",
            ])
    }

    /// There never is a better view: what there is decides, after a while.
    @Test func aFaceThatIsNeverSeenWellComesBackByWhatThereIs() {
        var turned = Person.stranger { $0 > 4 ? 200 : nil }
        turned.embedding = Person.embedding(20, leaningTo: 9, by: 0.5)
        turned.isTurnedAway = true
        var play = Play(delay: 3)
        play.run([.stranger { $0 < 3 ? 200 : nil }, turned], until: 4.44)
        #expect(play.number(at: 200) == nil)
        play.run([turned], until: 8)
        play.finish()
        #expect(play.story == ["appeared 1", "unknown 1 unknown-1", "lost 1 unknown-1"])
    }

    @Test func afterACutTheSamePersonElsewhereIsTheSameTrack() {
        var play = Play()
        play.run([.ann { $0 < 2 ? 200 : 900 }], until: 5, isCutAt: 2)
        #expect(play.story == ["appeared 1", "identified 1 Ann"])
        #expect(play.number(at: 900) == 1)
    }

    @Test func afterACutAnotherPersonInTheSamePlaceIsAnotherTrack() {
        var play = Play()
        play.run([.ann { $0 < 2 ? 300 : nil }, .bob { $0 >= 2 ? 300 : nil }], until: 6, isCutAt: 2)
        #expect(play.number(at: 300) == 2)
        play.finish()
        #expect(play.story.contains("identified 2 Bob") && !play.story.contains { $0.hasPrefix("revised") })
    }

    /// Bob steps where Ann stood, without a gap: only the embeddings tell.
    @Test func whoTakesAnothersPlaceIsSplitOff() {
        var play = Play()
        play.run([.ann { $0 < 3 ? 300 : nil }, .bob { $0 >= 3 ? 300 : nil }], until: 9)
        play.finish()
        #expect(play.story.filter { $0.hasPrefix("appeared") } == ["appeared 1", "appeared 2"])
        #expect(play.story.contains("identified 1 Ann") && play.story.contains("identified 2 Bob"))
        #expect(play.story.contains("lost 1 Ann") && play.story.contains("lost 2 Bob"))
        #expect(!play.story.contains { $0.hasPrefix("revised") }, "no name flickers")
    }

    /// Two people whose boxes the tracker confuses: each turns up under the other's track.
    @Test func twoWhoAreConfusedGetTheirOwnNumbersBack() {
        var play = Play()
        play.run([.ann { $0 < 3 ? 300 : 800 }, .bob { $0 < 3 ? 800 : 300 }], until: 3)
        let (ann, bob) = (play.number(at: 300), play.number(at: 800))
        #expect(ann != nil && bob != nil && ann != bob)
        play.run([.ann { $0 < 3 ? 300 : 800 }, .bob { $0 < 3 ? 800 : 300 }], until: 10)
        #expect(play.number(at: 800) == ann && play.number(at: 300) == bob)
        play.finish()
        #expect(play.story.filter { $0.hasPrefix("appeared") }.count == 2, "\(play.story)")
        #expect(play.story.filter { $0.hasPrefix("lost") }.count == 2)
        #expect(!play.story.contains { $0.hasPrefix("revised") })
    }

    /// Every track's story has its order, whoever comes and goes.
    @Test(arguments: 1...10) func storiesAreOrderly(seed: UInt64) {
        var random = SeededRandom(seed)
        let people = (0..<5).map { index -> Person in
            let start = Double.random(in: 0..<8, using: &random)
            let length = Double.random(in: 0.5..<6, using: &random)
            let pause = Double.random(in: 0..<5, using: &random)
            let speed = Double.random(in: -40..<40, using: &random)
            var person = Person.ann { time in
                let isHere = (start..<start + length).contains(time) || time > start + length + pause
                return isHere ? 100 + 220 * Double(index) + speed * (time - start) / 4 : nil
            }
            person.embedding = Person.embedding(index)
            return person
        }
        var play = Play()
        play.run(people, until: 20)
        play.finish()
        let tracks = Dictionary(grouping: play.events) { $0.track ?? 0 }
        #expect(!tracks.isEmpty)
        for (_, events) in tracks {
            #expect(events.first?.type == .appeared && events.last?.type == .lost)
            #expect(events.filter { $0.type == .appeared || $0.type == .lost }.count == 2)
            #expect(events.filter { $0.type == .identified || $0.type == .unknown }.count <= 1)
            #expect(!events.contains { $0.type == .revised })
        }
    }
}
