import TestSupport
import Testing
import VisageCore

/// Faces that cannot be compared: only their place speaks for them.
@Suite struct PlaceTests {
    private func turnedAside(_ person: Person, _ place: @escaping @Sendable (Double) -> Double?) -> Person {
        var person = person
        person.isInProfile = true
        person.place = place
        return person
    }

    @Test func whoTurnsAsideAndIsNotFoundForAWhileIsTheSame() {
        var play = Play()
        // Three seconds of absence would be too long; motion alone brings nobody back after 0.7 s.
        play.run(
            [.stranger { $0 < 3 ? 300 : nil }, turnedAside(.stranger { _ in nil }) { $0 > 4.2 ? 340 : nil }], until: 9)
        play.finish()
        #expect(play.story.filter { $0.hasPrefix("appeared") } == ["appeared 1"], "\(play.story)")
        #expect(play.story.filter { $0.hasPrefix("lost") } == ["lost 1 unknown-1"])
    }

    @Test func aNameIsNotGivenToWhoeverTurnsUpInItsPlace() {
        var play = Play()
        play.run([.ann { $0 < 3 ? 300 : nil }, turnedAside(.bob { _ in nil }) { $0 > 4.5 ? 300 : nil }], until: 9)
        #expect(play.number(at: 300) == 2, "\(play.story)")
        play.finish()
        #expect(play.story.filter { $0.hasPrefix("appeared") } == ["appeared 1", "appeared 2"])
        #expect(play.story.contains("lost 1 Ann") && play.story.contains("lost 2"), "\(play.story)")
    }

    @Test func butAMomentLaterItIs() {
        var play = Play()
        play.run([.ann { $0 < 3 ? 300 : nil }, turnedAside(.ann { _ in nil }) { $0 > 3.5 ? 300 : nil }], until: 6)
        #expect(play.number(at: 300) == 1, "\(play.story)")
    }

    @Test func elsewhereItIsSomebodyElse() {
        var play = Play()
        play.run(
            [.stranger { $0 < 3 ? 300 : nil }, turnedAside(.stranger { _ in nil }) { $0 > 4.5 ? 900 : nil }], until: 7)
        #expect(play.number(at: 900) == 2, "\(play.story)")
    }

    @Test func afterACutPlacesSayNothing() {
        var play = Play()
        play.run(
            [.stranger { $0 < 3 ? 300 : nil }, turnedAside(.stranger { _ in nil }) { $0 > 3.5 ? 300 : nil }], until: 6,
            isCutAt: 3.2)
        #expect(play.number(at: 300) == 2, "\(play.story)")
    }
}
