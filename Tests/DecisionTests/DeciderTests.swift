import Foundation
import TestSupport
import Testing
import Unknowns
import VisageCore

@Suite struct DeciderTests {
    @Test func aKnownFaceAppearsIsIdentifiedAndLost() throws {
        var play = Play()
        play.run([.ann { $0 < 2 ? 300 + 20 * $0 : nil }], until: 8)
        #expect(play.story == ["appeared 1", "identified 1 Ann", "lost 1 Ann"])
        let appeared = play.events[0]
        #expect(appeared.camera == "door" && appeared.box?.count == 4 && appeared.score == 0.95)
        #expect(
            appeared.frame?.width == 1280 && appeared.frame?.number == 2, "confirmed by its third sighting")
        let identified = play.events[1]
        #expect(try #require(identified.similarity) > 0.9 && identified.probability == 0.9)
        #expect(try #require(identified.samples) >= 2)
        let lost = play.events[2]
        #expect(lost.durationMs == 1960, "from the first sight to the last")
        #expect(lost.best.map { $0.quality > 0 && $0.box.count == 4 } == true)
        #expect(try abs(#require(play.times(.lost).first) - (1.96 + 3)) < 0.05)
    }

    @Test func aStrangerIsUnknownOnce() {
        var play = Play()
        play.run([.stranger { _ in 300 }], until: 10)
        #expect(play.story == ["appeared 1", "unknown 1 unknown-1"])
        play.finish()
        #expect(play.story.last == "lost 1 unknown-1")
    }

    /// The oftener views have confirmed who a face is, the rarer it is looked at again, and at least every four seconds;
    /// at once every second again when it was out of sight.
    @Test func whoIsSureIsConfirmedRarely() throws {
        var play = Play()
        play.run([.ann { (30..<30.5).contains($0) ? nil : 300 }], until: 36)
        #expect(play.story == ["appeared 1", "identified 1 Ann"])
        let gaps = zip(play.asked.dropFirst(3), play.asked.dropFirst(4)).map { ($1 - $0).rounded() }
        #expect(Array(gaps.prefix(3)) == [1, 2, 4], "\(gaps)")
        #expect(gaps.max() == 4)
        let after = play.asked.filter { $0 > 30.5 }
        #expect(after.count >= 4, "\(play.asked)")
    }

    @Test func strangersHaveTheirOwnIDs() {
        var play = Play(firstNumber: 2, numberStep: 3)
        var other = Person.stranger { _ in 800 }
        other.embedding = Person.embedding(10)
        play.run([.stranger { _ in 300 }, other], until: 4)
        #expect(
            Set(play.story) == ["appeared 2", "appeared 5", "unknown 2 unknown-1", "unknown 5 unknown-2"])
    }

    @Test func withoutAGalleryEverybodyIsUnknown() {
        var play = Play { nil }
        play.run([.ann { _ in 300 }], until: 4)
        #expect(play.story == ["appeared 1", "unknown 1 unknown-1"])
        #expect(play.events[1].similarity == nil && play.events[1].probability == nil)
    }

    /// First seen badly, then well.
    @Test func aVerdictIsRevisedWhenMuchMoreIsKnown() throws {
        let memory = memory()
        var play = Play(unknowns: memory)
        var vague = Person.ann { $0 < 3 ? 300 : nil }
        vague.embedding = Person.embedding(9, leaningTo: 0, by: 0.35)
        vague.quality = 0.4
        var clear = Person.ann { $0 >= 3 ? 300 : nil }
        clear.quality = 0.95
        play.run([vague, clear], until: 12)
        play.finish()
        #expect(play.story == ["appeared 1", "unknown 1 unknown-1", "revised 1 Ann", "lost 1 Ann"])
        let revised = play.events[2]
        #expect(revised.from?.unknownID == "unknown-1" && revised.from?.name == nil)
        #expect(revised.to?.name == "Ann" && revised.to?.unknownID == nil)
        #expect(memory.counts == .init(people: 0, views: 0, dropped: 0), "nothing is kept of a stranger who was none")
    }

    @Test func aFlickeringFaceIsNeverTold() {
        var play = Play()
        play.run([.ann { Int($0 * 25) % 5 == 0 ? 300 : nil }], until: 6)
        play.finish()
        #expect(play.story == [])
    }

    @Test func whenEmbeddingFailsAFaceIsStillFollowed() {
        var play = Play()
        play.run([.ann { _ in 300 }], until: 4, failing: { _ in true })
        play.finish()
        #expect(play.story == ["appeared 1", "lost 1"])
    }

    @Test func someFailedEmbeddingsDoNotMatter() {
        var play = Play()
        play.run([.ann { _ in 300 }], until: 4, failing: { $0 % 2 == 0 })
        #expect(play.story == ["appeared 1", "identified 1 Ann"])
    }

    @Test(arguments: [0, 1, 8, 25]) func theDelayOfEmbeddingsChangesNoStory(delay: Int) {
        var play = Play(delay: delay)
        play.run([.ann { $0 < 4 ? 200 : nil }, .stranger { $0 > 1 ? 800 : nil }], until: 9)
        play.finish()
        #expect(
            Set(play.story) == [
                "appeared 1", "appeared 2", "identified 1 Ann", "unknown 2 unknown-1", "lost 1 Ann",
                "lost 2 unknown-1",
            ])
        #expect(play.story.count == 6)
    }

    @Test func finishingEndsEveryStoryOnce() {
        var play = Play()
        play.run([.ann { _ in 200 }, .bob { _ in 800 }], until: 3)
        play.finish()
        play.finish()
        #expect(play.story.filter { $0.hasPrefix("lost") }.sorted() == ["lost 1 Ann", "lost 2 Bob"])
    }
}
