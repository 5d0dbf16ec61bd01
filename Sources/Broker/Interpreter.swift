import Events
import Foundation
import VisageCore

/// What is published because of an event.
package struct Interpreter: Sendable {
    /// What follows from something that has happened.
    package struct Outcome: Equatable, Sendable {
        package var messages: [Message] = []
        /// Cameras of which a picture should be published now.
        package var pictures: [String] = []
        /// Of visits that are over.
        package var bestViews: [BestView] = []
        /// Whether a person was seen for the first time, so that Home Assistant needs a new device trigger.
        package var hasNewPerson = false
    }

    /// Events that are published later than this after they happened are marked `late`, so that no automation acts on them.
    package static let lateness: TimeInterval = 60
    /// A frame that is taken now still shows what happened so long ago.
    package static let pictureAge: TimeInterval = 3
    /// People who were not seen for so many days get no trigger any more.
    package static let daysRemembered = 90

    package let topics: Topics
    package private(set) var place: Place
    /// Whether all events up to the present have been taken: before that, who is there now is not known.
    package var isCurrent = false

    package init(_ topics: Topics, _ place: Place) {
        self.topics = topics
        self.place = place
    }

    /// The version of the daemon and its cameras.
    /// - Returns: whether discovery messages have to be made anew.
    package mutating func greet(_ hello: Event.Hello) -> Bool {
        let isNew = place.version != hello.version
        place.version = hello.version
        return place.presence.keep(hello.cameras) || isNew
    }

    /// Begins at the present.
    package mutating func start(at seq: Int64, epoch: String?) { (place.seq, place.epoch) = (seq, epoch) }

    /// - Parameters:
    ///   - line: as it came.
    ///   - event: what it says; nil if only a newer version knows.
    ///   - seq: of the event; nil if it has none.
    ///   - epoch: that of the last `hello`.
    package mutating func handle(
        _ line: String, _ event: Event?, seq: Int64?, epoch: String?, now: Date
    ) throws -> Outcome {
        var outcome = Outcome(messages: [Message(topics.events, line)])
        if let event {
            if let name = event.finding?.name {
                outcome.hasNewPerson = place.people[name] == nil
                place.people[name] = String(event.time.prefix(10))
            }
            let before = place.presence
            let changes = place.presence.apply(event)
            let age = Self.age(event, now)
            // Who leaves because another run begins belongs to the run before.
            outcome += try tell(changes, event, age: age, run: { $0 ? event.run : before.run })
        }
        if let seq { (place.seq, place.epoch) = (seq, epoch) }
        return outcome
    }

    /// Corrects what is known once the events are at the present.
    package mutating func reconcile(_ tracks: [Event.LiveTrack], run: String, now: Date) throws -> Outcome {
        let before = place.presence.run
        let changes = place.presence.reconcile(tracks, run: run)
        return try tell(changes, nil, age: 0, run: { _ in before }, at: Event.format(now))
    }

    package mutating func reconcile(_ status: [Event.Status.Camera]) throws -> Outcome {
        try tell(place.presence.reconcile(status), nil, age: 0, run: { _ in place.presence.run })
    }

    /// Leaves these cameras only; whether one is new or gone.
    package mutating func keep(_ cameras: [String]) -> Bool { place.presence.keep(cameras) }

    /// Who is there, for every camera.
    package func present() throws -> [Message] { try place.presence.cameras.keys.sorted().map(present) }

    private func present(_ name: String) throws -> Message {
        let camera = place.presence.cameras[name] ?? Presence.Camera()
        return try Message(
            topics.present(name), json: PresentMessage(camera, name: name, machine: topics.machine), retained: true)
    }

    /// Names for which there should be triggers.
    /// - Parameter gallery: the people of the gallery; nil if they are not known.
    package mutating func people(gallery: [String]?, now: Date) -> [String] {
        let oldest = Event.format(now.addingTimeInterval(-86_400 * Double(Self.daysRemembered))).prefix(10)
        place.people = place.people.filter { $0.value >= oldest }
        return (gallery ?? Array(place.people.keys)).sorted()
    }

    /// - Parameter run: which run a change belongs to; true: it is what the event itself says.
    private func tell(
        _ changes: [Presence.Change], _ event: Event?, age: TimeInterval, run: (Bool) -> String, at time: String = ""
    ) throws -> Outcome {
        var outcome = Outcome()
        for change in changes {
            switch change {
            case .camera(let name): if isCurrent { outcome.messages.append(try present(name)) }
            case .came: break
            case .verdict(let camera, let visitor, let before):
                let kind: VisitMessage.Kind =
                    before != nil ? .revised : visitor.person.name != nil ? .identified : .unknown
                var message = visit(kind, camera, visitor, run(true), event?.time ?? time)
                if let event { message.add(event) }
                message.isLate = age > Self.lateness
                message.from = before
                outcome.messages.append(try Message(topics.visit(camera), json: message))
                if age < Self.pictureAge { outcome.pictures.append(camera) }
            case .left(let camera, let visitor, let end):
                // Nothing was told of one about whom there was no verdict.
                guard visitor.person.isDecided else { continue }
                var message = visit(.left, camera, visitor, run(end != nil), end ?? event?.time ?? time)
                if end != nil, let event { message.add(event) }
                message.isLate = age > Self.lateness
                outcome.messages.append(try Message(topics.visit(camera), json: message))
                if end != nil, let event, case .lost(let sighting, _, let departure) = event.content,
                    let view = BestView(departure, .init(sighting), first: visitor.recorded, camera: camera)
                {
                    outcome.bestViews.append(view)
                }
            }
        }
        return outcome
    }

    private func visit(
        _ kind: VisitMessage.Kind, _ camera: String, _ visitor: Presence.Visitor, _ run: String, _ time: String
    ) -> VisitMessage {
        VisitMessage(kind, machine: topics.machine, camera: camera, run: run, visitor, time: time)
    }

    /// Seconds since the event. One from the future, as after the clock was set, is new.
    private static func age(_ event: Event, _ now: Date) -> TimeInterval {
        guard let time = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(event.time) else {
            return 0
        }
        return max(0, now.timeIntervalSince(time))
    }
}

extension Interpreter.Outcome {
    package static func += (left: inout Self, right: Self) {
        left.messages += right.messages
        left.pictures += right.pictures
        left.bestViews += right.bestViews
        left.hasNewPerson = left.hasNewPerson || right.hasNewPerson
    }
}
