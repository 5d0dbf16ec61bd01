import Evaluation
import Events
import Foundation
import Recognition
import Testing
import VisageCore

/// Counts on a film of Ann, who is enrolled, and Zoe, who is a stranger. Nothing is played: the faces of the hand-made
/// events are where the film shows the people.
@Suite struct FilmTrialCountsTests {
    private let film: PassersBy
    private static let rate = 15.0

    init() {
        let shot = PassersBy.Shot(
            photo: URL(filePath: "/none.png"), face: BoundingBox(x: 30, y: 30, width: 40, height: 40))
        film = PassersBy(
            ["Ann", "Zoe"].map { PassersBy.Passage(person: $0, shots: [shot, shot]) }, faceWidth: 40, seed: 1)
    }

    /// Counts the events that `face` makes of each person in each frame; `nil` is a face that is not detected.
    /// - Parameter face: is given the person and the number of earlier frames with that person.
    private func counts(
        _ face: (_ person: String, _ frame: Int) -> (track: Int?, name: String?)?
    ) throws -> FilmTrialCounts {
        var frames: [String: Int] = [:]
        let events = try (0..<film.count).map { number in
            let faces = try #require(film.people(in: number)).compactMap { person -> ShownFace? in
                let frame = frames[person.name, default: 0]
                frames[person.name] = frame + 1
                return face(person.name, frame).map {
                    RunEvents.face(person.box, track: $0.track, $0.name.map(Identity.person))
                }
            }
            return RunEvents.frame(number, rate: Self.rate, faces)
        }
        #expect((frames["Ann"] ?? 0) >= 20 && (frames["Zoe"] ?? 0) >= 20, "\(frames)")
        var counts = FilmTrialCounts()
        counts.add(events, of: film, enrolled: ["Ann"])
        return counts
    }

    @Test func aStrangerWhoIsNamedForAMomentCounts() throws {
        let counts = try counts { person, frame in
            person == "Zoe" ? (2, frame == 5 ? "Ann" : nil) : (1, "Ann")
        }
        #expect(counts.strangers.map(\.person) == ["Zoe"] && counts.strangers.map(\.isSo) == [true])
        #expect(counts.probes == 1 && counts.right == 1)
    }

    @Test func aStrangerWithoutANameIsCountedToo() throws {
        let counts = try counts { person, _ in person == "Zoe" ? (2, nil) : nil }
        #expect(counts.strangers.map(\.isSo) == [false] && counts.probes == 0 && counts.waits.isEmpty)
    }

    @Test func theWaitBeginsWithTheFirstSightWithoutATrack() throws {
        let counts = try counts { person, frame in
            person == "Ann" ? (frame < 3 ? nil : 1, frame < 9 ? nil : "Ann") : nil
        }
        let wait = try #require(counts.waits.first)
        #expect(counts.waits.count == 1 && abs(wait - 9 / Self.rate) < 0.002, "\(wait)")
    }

    @Test func facesElsewhereInThePictureAreNobodys() throws {
        var counts = FilmTrialCounts()
        let events = try (0..<film.count).map { number in
            let people = try #require(film.people(in: number))
            // IoU 1/7 with the person.
            return RunEvents.frame(
                number, rate: Self.rate,
                people.map { person in
                    var box = person.box
                    box.x += 0.75 * box.width
                    return RunEvents.face(box, track: 1, .person("Ann"))
                })
        }
        counts.add(events, of: film, enrolled: ["Ann"])
        #expect(counts.probes == 0 && counts.strangers.isEmpty)
    }

    @Test func whoLosesTheNameIsNotRightInTheEnd() throws {
        let lost = try counts { person, frame in person == "Ann" ? (1, frame < 15 ? "Ann" : nil) : nil }
        #expect(lost.probes == 1 && lost.right == 0 && lost.waits.isEmpty)
        let wrong = try counts { person, _ in person == "Ann" ? (1, "Bob") : nil }
        #expect(wrong.probes == 1 && wrong.right == 0)
    }

    @Test func eachTrackCountsAndATrackOfTwoPeopleCountsForBoth() throws {
        let broken = try counts { person, frame in person == "Ann" ? (frame < 10 ? 1 : 3, "Ann") : nil }
        #expect(broken.probes == 2 && broken.right == 2)
        let shared = try counts { _, _ in (1, "Ann") }
        #expect(shared.probes == 1 && shared.right == 1)
        #expect(shared.strangers.map(\.isSo) == [true])
    }

    @Test func aRowHasTheRatesOfAllTracks() throws {
        var all = try counts { person, frame in (person == "Ann" ? 1 : 2, frame < 6 ? nil : "Ann") }
        all.add(try counts { person, frame in person == "Ann" ? (1, frame < 12 ? nil : "Ann") : (2, nil) })
        all.add(try counts { person, _ in person == "Ann" ? (1, nil) : (2, nil) })
        let cell = OpenSetTrial.Cell(people: 2, photos: 1...3, views: 1, falseNames: 0.01, matching: .svm)
        let row = FilmTrialRow(cell, draws: 3, width: nil, all)
        #expect(row.people == 2 && row.photos == "1-3" && row.draws == 3)
        #expect(row.strangers == 3 && row.fpir == 0.3333 && row.strangerPeople == 1 && row.strangerPeopleNamed == 1)
        #expect(row.fpirLow < row.fpir && row.fpir < row.fpirHigh)
        #expect(row.probes == 3 && row.tpir == 0.6667)
        #expect(abs((row.namedAfter ?? 0) - 12 / Self.rate) < 0.002, "the upper one of two")
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(row))
        let keys = Set(try #require(json as? [String: Any]).keys)
        #expect(keys.isSuperset(of: ["false_names", "fpir_high", "stranger_people_named", "named_after_s"]))
        #expect(!keys.contains("width"), "all widths together")
    }

    @Test func withoutTracksARowIsEmpty() {
        let cell = OpenSetTrial.Cell(people: 2, photos: 1...1, views: 1, falseNames: 0.01, matching: .svm)
        let row = FilmTrialRow(cell, draws: 1, width: 40, FilmTrialCounts())
        #expect(row.strangers == 0 && row.fpir == 0 && row.tpir == 0 && row.namedAfter == nil && row.width == 40)
    }
}
