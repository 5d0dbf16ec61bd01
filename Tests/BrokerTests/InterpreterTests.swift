import Broker
import Events
import Foundation
import TestSupport
import Testing

@Suite struct InterpreterTests {
    @Test func everyEventIsPublishedAsItCame() throws {
        var story = Story()
        for type in EventType.allCases where type.isLogged {
            let outcome = try story.tell(.sample(type, name: type == .unknown ? nil : "Ada"))
            let first = try #require(outcome.messages.first)
            #expect(first.topic == "visage/lab/events" && !first.isRetained)
            let event = try JSONDecoder().decode(Event.self, from: Data(first.payload))
            #expect(event.type == type)
        }
        let line = #"{"schema":9,"type":"face.smiled","seq":77}"#
        let outcome = try story.interpreter.handle(line, nil, seq: 77, epoch: "e", now: Date())
        #expect(outcome.messages == [Message("visage/lab/events", line)])
        #expect(story.interpreter.place.seq == 77)
    }

    @Test func aVisitHasOneMessageAtTheVerdictAndOneAtTheEnd() throws {
        var story = Story()
        _ = try story.tell(.sample(.sourceUp))
        let appeared = try story.tell(.sample(.appeared))
        #expect(try appeared.json("/visit").isEmpty)
        let verdict = try story.tell(.sample(.identified, name: "Ada"))
        let visit = try #require(try verdict.json("door/visit").first)
        #expect(visit["event_type"] as? String == "identified" && visit["name"] as? String == "Ada")
        #expect(visit["camera"] as? String == "door" && visit["machine"] as? String == "lab")
        #expect(visit["late"] as? Bool == false && visit["person"] as? String == Topics.hash("Ada"))
        #expect(visit["similarity"] as? Double == 0.8 && visit["since"] != nil)
        #expect(verdict.pictures == ["door"] && verdict.hasNewPerson)
        let end = try story.tell(.sample(.lost, name: "Ada"))
        let left = try #require(try end.json("door/visit").first)
        #expect(left["event_type"] as? String == "left" && left["duration_ms"] as? Int == 1000)
        #expect(left["visit"] as? String == visit["visit"] as? String && left["best"] != nil)
        // It was not recorded.
        #expect(end.pictures.isEmpty && end.bestViews.isEmpty)
    }

    @Test func theBestViewIsSoughtInTheRecordingOfTheVisit() throws {
        var story = Story()
        // 40 ms after the frame of these events.
        _ = try story.tell(.sample(.appeared).recorded("a.mp4", at: 5_000))
        let verdict = try story.tell(.sample(.identified, name: "Ada").recorded("a.mp4", at: 6_000))
        #expect(verdict.bestViews.isEmpty)
        let view = try #require(
            try story.tell(.sample(.lost, name: "Ada").recorded("a.mp4", at: 5_000)).bestViews.first)
        #expect(view.camera == "door" && view.box == [1, 2, 30, 40])
        #expect(view.moments.map(\.file) == ["a.mp4"] && view.moments.map(\.offsetMs) == [5_040])
        // Another recording began during the visit.
        _ = try story.tell(.sample(.appeared, track: 2).recorded("a.mp4", at: 7_000))
        let both = try #require(
            try story.tell(.sample(.lost, track: 2, name: "Ada").recorded("b.mp4", at: 10)).bestViews.first)
        #expect(both.moments.map(\.file) == ["b.mp4", "a.mp4"] && both.moments.map(\.offsetMs) == [50, 7_040])
        // Names of files come from elsewhere.
        let other = try story.tell(.sample(.lost, track: 3, name: "Ada").recorded("../../etc/passwd", at: 10))
        #expect(other.bestViews.isEmpty)
    }

    @Test func strangersAndCorrectionsAreTold() throws {
        var story = Story()
        _ = try story.tell(.sample(.appeared, track: 4))
        let stranger = try story.tell(.sample(.unknown, track: 4))
        #expect(try stranger.json("/visit").first?["unknown_id"] as? String == "u-4")
        #expect(!stranger.hasNewPerson)
        let revised = try #require(try story.tell(.sample(.revised, track: 4, name: "Grace")).json("/visit").first)
        #expect(revised["event_type"] as? String == "revised" && revised["name"] as? String == "Grace")
        #expect((revised["from"] as? [String: String]) == ["unknown_id": "u-4"])
    }

    @Test func whoIsThereIsRetained() throws {
        var story = Story()
        let up = try #require(try story.tell(.sample(.sourceUp)).json("door/present").first)
        #expect(up["up"] as? Bool == true && up["count"] as? Int == 0 && up["summary"] as? String == "nobody")
        let came = try #require(try story.tell(.sample(.appeared, track: 1)).json("/present").first)
        #expect(
            came["count"] as? Int == 1 && came["undecided"] as? Int == 1 && came["summary"] as? String == "somebody")
        _ = try story.tell(.sample(.identified, track: 1, name: "Ada"))
        // The same person once more, and a stranger.
        _ = try story.tell(.sample(.identified, track: 2, name: "Ada"))
        let outcome = try story.tell(.sample(.unknown, track: 3))
        #expect(outcome.messages.first { $0.topic.hasSuffix("/present") }?.isRetained == true)
        let both = try #require(try outcome.json("/present").first)
        #expect(both["count"] as? Int == 2 && both["names"] as? [String] == ["Ada"] && both["unknown"] as? Int == 1)
        #expect(both["summary"] as? String == "Ada, 1 unknown")
        #expect((both["present"] as? [[String: Any]])?.count == 3)
        let down = try #require(try story.tell(.sample(.sourceDown)).json("/present").first)
        #expect(down["up"] as? Bool == false && down["reason"] as? String == "unplugged")
    }

    @Test func aCrowdHasASummaryThatHomeAssistantTakes() throws {
        var camera = Presence.Camera()
        camera.visitors = (0..<100).map {
            Presence.Visitor(track: $0, person: .init(name: "Somebody with a long name \($0)"), since: nil)
        }
        let message = PresentMessage(camera, name: "door", machine: "lab")
        #expect(message.summary.count == 250 && message.summary.hasSuffix("…") && message.count == 100)
    }

    @Test func whatIsOldIsForTheRecord() throws {
        var story = Story(isCurrent: false)
        let outcome = try story.tell(.sample(.identified, name: "Ada"), secondsAgo: 3600)
        #expect(try outcome.json("/visit").first?["late"] as? Bool == true)
        // Nobody would see then who is there now.
        let present = try outcome.json("/present")
        #expect(outcome.pictures.isEmpty && present.isEmpty)
        let older = try story.tell(.sample(.identified, track: 2, name: "Ada"), secondsAgo: 10)
        #expect(older.pictures.isEmpty)
    }

    @Test func anotherRunEndsAllVisits() throws {
        var story = Story(cameras: ["door", "yard"])
        _ = try story.tell(.sample(.sourceUp))
        _ = try story.tell(.sample(.identified, name: "Ada"))
        _ = try story.tell(.sample(.appeared, camera: "yard", track: 2))
        let outcome = try story.tell(.sample(.sourceUp), run: "run2")
        let left = try outcome.json("/visit")
        #expect(left.count == 1, "of one whom nobody was told about nobody is told")
        #expect(left.first?["visit"] as? String == "run1-1" && left.first?["duration_ms"] == nil)
        let present = try outcome.json("/present")
        #expect(present.allSatisfy { $0["count"] as? Int == 0 } && present.count == 2)
        #expect(try outcome.json("door/present").first?["up"] as? Bool == true)
        #expect(try outcome.json("yard/present").first?["up"] as? Bool == false)
    }

    @Test func whatEventsDidNotTellIsCorrected() throws {
        var story = Story(cameras: ["door", "yard"])
        _ = try story.tell(.sample(.identified, track: 1, name: "Ada"))
        _ = try story.tell(.sample(.identified, track: 2, name: "Grace"))
        let tracks = [
            Event.LiveTrack(camera: "door", track: 2, subject: nil),
            Event.LiveTrack(camera: "yard", track: 9, subject: nil),
        ]
        let outcome = try story.interpreter.reconcile(tracks, run: "run1", now: Date())
        #expect(try outcome.json("/visit").map { $0["name"] as? String } == ["Ada"])
        #expect(story.interpreter.place.presence.cameras["yard"]?.visitors.map(\.track) == [9])
        #expect(story.interpreter.place.presence.cameras["door"]?.visitors.map(\.track) == [2])
        let again = try story.interpreter.reconcile(tracks, run: "run1", now: Date())
        #expect(again.messages.isEmpty)
    }

    @Test func peopleWhoWereNotSeenForLongGetNoTrigger() throws {
        var story = Story()
        _ = try story.tell(.sample(.identified, name: "Ada"), secondsAgo: 100 * 86_400)
        _ = try story.tell(.sample(.identified, track: 2, name: "Grace"), secondsAgo: 10 * 86_400)
        let seen = story.interpreter.people(gallery: nil, now: Date())
        #expect(seen == ["Grace"])
        let known = story.interpreter.people(gallery: ["Mary", "Ada"], now: Date())
        #expect(known == ["Ada", "Mary"])
    }

    @Test func camerasComeAndGo() throws {
        var story = Story(cameras: ["door"])
        var hello = Event.Hello(version: "1", cameras: ["door", "yard"], feeds: nil, tracks: [], oldest: 1, newest: 0)
        let isNew = [story.interpreter.greet(hello), story.interpreter.greet(hello)]
        hello.cameras = ["yard"]
        let isChanged = story.interpreter.greet(hello)
        #expect(isNew == [true, false] && isChanged)
        #expect(try story.interpreter.present().map(\.topic) == ["visage/lab/yard/present"])
    }
}
