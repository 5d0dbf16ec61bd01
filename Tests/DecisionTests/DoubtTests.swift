import TestSupport
import Testing
import VisageCore

/// Faces that suddenly look otherwise.
@Suite struct DoubtTests {
    /// Numbers shown of the face at 300, frame by frame, from `start` on.
    private func shown(_ people: [Person], from start: Double, until end: Double, delay: Int = 3) -> [Int?] {
        var play = Play(delay: delay)
        var numbers: [Int?] = []
        play.run(people, until: start)
        while play.time < end {
            play.run(people, until: play.time + 0.02)
            numbers.append(play.number(at: 300))
        }
        return numbers
    }

    private func drawn(_ person: Person) -> Person {
        var person = person
        person.isDrawn = true
        return person
    }

    @Test func whoStepsIntoAnothersPlaceIsNeverCalledByTheirNumber() {
        let numbers = shown(
            [drawn(.ann { $0 < 2 ? 300 : nil }), drawn(.bob { $0 >= 2 ? 300 : nil })], from: 2, until: 3)
        #expect(!numbers.contains(1), "\(numbers)")
        #expect(numbers.last == 2)
        #expect(numbers.count { $0 == nil } <= 8, "the next embedding tells: \(numbers)")
    }

    /// As on a machine that has much to do.
    @Test func anEmbeddingThatTakesLongIsWaitedFor() {
        let numbers = shown(
            [drawn(.ann { $0 < 2 ? 300 : nil }), drawn(.bob { $0 >= 2 ? 300 : nil })], from: 2, until: 4, delay: 20)
        #expect(!numbers.contains(1), "\(numbers)")
        #expect(numbers.last == 2)
    }

    @Test func afterAGapToo() {
        let numbers = shown(
            [drawn(.ann { $0 < 2 ? 300 : nil }), drawn(.bob { $0 >= 2.3 ? 300 : nil })], from: 2.3, until: 3.5)
        #expect(!numbers.contains(1), "\(numbers)")
        #expect(numbers.last == 2)
    }

    @Test func whoOnlyLooksOtherwiseKeepsTheNumber() {
        // Somebody switches the light on: another pattern, the same person.
        var other = drawn(.ann { $0 >= 2 ? 300 : nil })
        other = Person(
            name: "Ann in another light", embedding: other.embedding, quality: other.quality, isDrawn: true,
            place: other.place)
        let numbers = shown([drawn(.ann { $0 < 2 ? 300 : nil }), other], from: 2, until: 3)
        #expect(numbers.first == .some(nil), "nothing is said until it is certain")
        #expect(numbers.count { $0 == nil } <= 8, "\(numbers)")
        #expect(numbers.allSatisfy { $0 == nil || $0 == 1 } && numbers.last == 1)
    }

    @Test func aDoubtThatNothingDecidesPasses() {
        var poor = Person(name: "Ann turned away", embedding: Person.embedding(0), isDrawn: true) {
            $0 >= 2 ? 300 : nil
        }
        poor.isInProfile = true
        let numbers = shown([drawn(.ann { $0 < 2 ? 300 : nil }), poor], from: 2, until: 3.5)
        #expect(numbers.first == .some(nil) && numbers.last == 1, "\(numbers)")
        #expect(numbers.allSatisfy { $0 == nil || $0 == 1 })
    }

    @Test func withoutALookNothingIsDoubted() {
        let numbers = shown([.ann { _ in 300 }], from: 1, until: 2)
        #expect(numbers.allSatisfy { $0 == 1 })
    }

    /// What was seen of whoever stepped into a place is not told of the one who was there before.
    @Test func theBestViewIsThePersonsOwn() throws {
        var play = Play(delay: 3)
        var bob = drawn(.bob { $0 >= 2 ? 300 : nil })
        // Bob is seen better than Ann ever was.
        bob.isFrontal = true
        var ann = drawn(.ann { $0 < 2 ? 300 : nil })
        ann.isFrontal = false
        play.run([ann, bob], until: 6)
        play.finish()
        let lost = play.events.filter { $0.type == .lost }
        let first = try #require(lost.first { $0.track == 1 })
        #expect(first.name == "Ann")
        #expect(try #require(first.best).ptsMs < 2000, "Ann's best view is from before Bob came")
        #expect(try #require(first.durationMs) <= 2000)
        #expect(try #require(lost.first { $0.track == 2 }?.best).ptsMs >= 2000)
    }
}
