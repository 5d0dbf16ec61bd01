import Events
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct EventTests {
    private func event(_ change: TrackEvent.Change) -> Event {
        let track = TrackEvent(
            track: 3, frame: FrameReference(.sample(2)), box: BoundingBox(x: 1.26, y: -3.04, width: 100.55, height: 7),
            score: 0.912_34, change: change)
        return Event(CameraEvent(camera: "door", time: Date(timeIntervalSince1970: 0), .track(track, nil)))
    }

    @Test func timesAreUTCWithMilliseconds() {
        #expect(Event.format(Date(timeIntervalSince1970: 1_767_225_600.25)) == "2026-01-01T00:00:00.250Z")
    }

    @Test func aLineHasSortedKeysAndOnlyThoseOfItsType() throws {
        #expect(
            try event(.appeared).line()
                == #"{"box":[1.3,-3,100.6,7],"camera":"door","frame":{"height":48,"number":2,"pts_ms":80,"width":64},"#
                + #""run":"","schema":1,"score":0.9123,"time":"1970-01-01T00:00:00.000Z","track":3,"#
                + #""type":"face.appeared"}"#)
    }

    @Test func namesStayOnOneLine() throws {
        let event = Event.sample(.identified, name: "Zoë\n\"Z\"/\u{2028}")
        let line = try event.line()
        #expect(!line.contains("\n"))
        #expect(try JSONDecoder().decode(Event.self, from: Data(line.utf8)) == event)
    }

    @Test func aVerdictDecidesTheTypeAndIsRounded() throws {
        let match = Match(
            name: "Ann", probability: 0.912_34, similarity: 0.712_345, margin: nil, accepted: true)
        let named = event(.decided(Verdict(identity: .person("Ann"), match: match, samples: 4)))
        #expect(named.type == .identified && named.name == "Ann" && named.unknownID == nil)
        #expect(named.similarity == 0.7123 && named.probability == 0.9123 && named.margin == nil)
        #expect(named.samples == 4)

        let unknown = event(.decided(Verdict(identity: .unknown(id: "unknown-2"), match: nil, samples: 1)))
        #expect(unknown.type == .unknown && unknown.name == nil && unknown.unknownID == "unknown-2")
        #expect(unknown.similarity == nil)
    }

    @Test func aRevisionSaysWhatWasReplaced() throws {
        let verdict = Verdict(identity: .person("Ann"), match: nil, samples: 4)
        let revised = event(.revised(verdict, from: .unknown(id: "unknown-2")))
        #expect(revised.from?.unknownID == "unknown-2" && revised.to?.name == "Ann" && revised.name == "Ann")
        #expect(try JSONDecoder().decode(Event.self, from: Data(revised.line().utf8)) == revised)
    }

    @Test func aTrackThatStayedUndecidedIsLostWithoutAFinding() throws {
        let best = FaceSighting(
            frame: 1, pts: .milliseconds(40), box: BoundingBox(x: 0, y: 0, width: 9, height: 9), quality: 0.123_456)
        let lost = event(.lost(TrackEnd(duration: .microseconds(1_499_600), best: best, verdict: nil)))
        #expect(lost.finding == nil && lost.durationMs == 1500 && lost.best?.quality == 0.1235)
        #expect(try JSONDecoder().decode(Event.self, from: Data(lost.line().utf8)) == lost)
    }

    @Test func anOutageSaysWhenItIsTriedAgain() throws {
        let outage = Outage(reason: "unplugged", attempt: 2, retryIn: .milliseconds(1500))
        let down = Event(CameraEvent(camera: "door", time: Date(), .sourceDown(outage)))
        #expect(down.type == .sourceDown && down.reason == "unplugged" && down.attempt == 2 && down.retryInMs == 1500)
        let ended = Event(CameraEvent(camera: "door", time: Date(), .sourceEnded(reason: "stopped")))
        #expect(ended.type == .sourceDown && ended.reason == "stopped" && ended.attempt == nil)
    }

    @Test func whatIsOnlyOfTheMomentIsNotLogged() {
        #expect(Set(EventType.allCases.filter { !$0.isLogged }) == [.hello, .frame, .stats, .status, .gap, .error])
        #expect(Set(EventType.allCases.filter(\.isOnRequest)) == [.frame, .stats, .status])
    }
}
