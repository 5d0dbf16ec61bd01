import Foundation
import Testing
import VisageCore

@Suite struct EventTests {
    @Test func timesAreUTCWithMilliseconds() {
        #expect(Event.format(Date(timeIntervalSince1970: 1_767_225_600.25)) == "2026-01-01T00:00:00.250Z")
    }

    @Test func aLineHasSortedKeysAndOnlyThoseThatAreSet() throws {
        var event = Event(.appeared, time: Date(timeIntervalSince1970: 0), camera: "door")
        event.track = 3
        let line = try event.line()
        #expect(
            line == #"{"camera":"door","run":"","schema":1,"time":"1970-01-01T00:00:00.000Z","track":3,"#
                + #""type":"face.appeared"}"#)
    }

    @Test func namesStayOnOneLine() throws {
        var event = Event(.identified, time: Date())
        event.name = "Zoë\n\"Z\"/\u{2028}"
        let line = try event.line()
        #expect(!line.contains("\n"))
        #expect(try JSONDecoder().decode(Event.self, from: Data(line.utf8)) == event)
    }

    @Test func aVerdictDescribesItself() throws {
        let match = Match(
            name: "Ann", probability: 0.912_34, similarity: 0.712_345, margin: nil, accepted: true)
        var event = Event(.identified, time: Date())
        event.describe(Verdict(identity: .person("Ann"), match: match, samples: 4))
        #expect(event.name == "Ann" && event.unknownID == nil)
        #expect(event.similarity == 0.7123 && event.probability == 0.9123 && event.margin == nil)
        #expect(event.samples == 4)

        event.describe(Verdict(identity: .unknown(id: "unknown-2"), match: nil, samples: 1))
        #expect(event.name == nil && event.unknownID == "unknown-2" && event.similarity == nil)
    }

    @Test func whatIsOnlyOfTheMomentIsNotLogged() {
        #expect(Set(EventType.allCases.filter { !$0.isLogged }) == [.hello, .frame, .stats, .status, .gap, .error])
        #expect(Set(EventType.allCases.filter(\.isOnRequest)) == [.frame, .stats, .status])
    }

    @Test func boxesAreGivenInTenthsOfPixels() {
        #expect(
            Event.coordinates(BoundingBox(x: 1.26, y: -3.04, width: 100.55, height: 7)) == [
                1.3, -3, 100.6, 7,
            ])
    }
}
