import Events
import VisageCore

/// Who is before which camera, as the events tell it.
public struct Presence: Codable, Sendable, Equatable {
    /// Who somebody is; neither while that is open.
    public struct Person: Codable, Sendable, Hashable {
        public var name: String?
        public var unknownID: String?

        var isDecided: Bool { name != nil || unknownID != nil }

        enum CodingKeys: String, CodingKey {
            case name
            case unknownID = "unknown_id"
        }

        package init(name: String? = nil, unknownID: String? = nil) { (self.name, self.unknownID) = (name, unknownID) }
        init(_ subject: Event.Subject) { self.init(name: subject.name, unknownID: subject.unknownID) }
    }

    /// A face that is followed.
    public struct Visitor: Codable, Sendable, Equatable {
        public var track: Int
        public var person: Person
        /// RFC 3339; nil if the beginning was missed.
        public var since: String?
        /// Where the face was first seen in a recording.
        public var recorded: Recorded?

        package init(track: Int, person: Person, since: String?) {
            (self.track, self.person, self.since) = (track, person, since)
        }
    }

    public struct Camera: Codable, Sendable, Equatable {
        public var isUp = false
        /// Why it is down.
        public var reason: String?
        /// In the order in which they came.
        public var visitors: [Visitor] = []
        /// When the last of this changed, RFC 3339.
        public var changed: String?

        package init() {}
    }

    /// What has changed.
    public enum Change: Equatable, Sendable {
        case camera(String)
        case came(camera: String, Visitor)
        /// The verdict about a visitor; nil: there was none before.
        case verdict(camera: String, Visitor, before: Person?)
        /// nil: the end was not told, because the daemon was killed or events were lost.
        case left(camera: String, Visitor, at: String?)
    }

    /// Of the daemon; the numbers of tracks belong to it.
    public private(set) var run = ""
    public private(set) var cameras: [String: Camera] = [:]

    public init() {}

    /// Takes an event.
    /// - Returns: what it changes; at most one `camera` for each camera, at the end.
    public mutating func apply(_ event: Event) -> [Change] {
        guard event.type.isLogged, let name = event.camera else { return [] }
        var changes = begin(run: event.run)
        var camera = cameras[name] ?? Camera()
        switch event.content {
        case .sourceUp: (camera.isUp, camera.reason) = (true, nil)
        case .sourceDown(let down): (camera.isUp, camera.reason) = (false, down.reason)
        default: break
        }
        if let sighting = event.sighting {
            let index = camera.visitors.firstIndex { $0.track == sighting.track }
            var visitor =
                index.map { camera.visitors[$0] } ?? Visitor(track: sighting.track, person: Person(), since: nil)
            if case .appeared = event.content { visitor.since = event.time }
            visitor.recorded = visitor.recorded ?? Recorded(sighting)
            let before = visitor.person
            if let finding = event.finding { visitor.person = Person(finding.subject) }
            switch event.content {
            case .lost:
                if let index { camera.visitors.remove(at: index) }
                changes.append(.left(camera: name, visitor, at: event.time))
            default:
                if let index { camera.visitors[index] = visitor } else { camera.visitors.append(visitor) }
                if case .appeared = event.content {
                    changes.append(.came(camera: name, visitor))
                } else {
                    changes.append(.verdict(camera: name, visitor, before: before.isDecided ? before : nil))
                }
            }
        }
        camera.changed = event.time
        cameras[name] = camera
        return Self.ordered(changes + [.camera(name)])
    }

    /// Corrects what events that never came would have changed.
    /// - Parameters:
    ///   - tracks: the faces that the daemon follows, once all events before have been applied.
    public mutating func reconcile(_ tracks: [Event.LiveTrack], run: String) -> [Change] {
        var changes = begin(run: run)
        for name in cameras.keys.sorted() {
            let gone = cameras[name]?.visitors.filter { visitor in
                !tracks.contains { $0.camera == name && $0.track == visitor.track }
            }
            for visitor in gone ?? [] {
                cameras[name]?.visitors.removeAll { $0 == visitor }
                changes += [.left(camera: name, visitor, at: nil), .camera(name)]
            }
        }
        for track in tracks {
            var visitors = cameras[track.camera]?.visitors ?? []
            let person = Person(name: track.name, unknownID: track.unknownID)
            if let index = visitors.firstIndex(where: { $0.track == track.track }) {
                guard visitors[index].person != person else { continue }
                visitors[index].person = person
            } else {
                visitors.append(Visitor(track: track.track, person: person, since: nil))
            }
            cameras[track.camera, default: Camera()].visitors = visitors
            changes.append(.camera(track.camera))
        }
        return Self.ordered(changes)
    }

    /// Corrects which cameras there are, and which of them deliver.
    public mutating func reconcile(_ status: [Event.Status.Camera]) -> [Change] {
        var changes: [Change] = []
        for found in status {
            var camera = cameras[found.camera] ?? Camera()
            (camera.isUp, camera.reason) = (found.isUp, found.isUp ? nil : found.reason)
            guard camera != cameras[found.camera] else { continue }
            cameras[found.camera] = camera
            changes.append(.camera(found.camera))
        }
        return changes
    }

    /// Leaves these cameras only.
    /// - Returns: whether one is new or gone.
    @discardableResult public mutating func keep(_ names: [String]) -> Bool {
        let before = Set(cameras.keys)
        cameras = cameras.filter { names.contains($0.key) }
        for name in names where cameras[name] == nil { cameras[name] = Camera() }
        return before != Set(names)
    }

    /// Tracks and cameras of another run than the daemon's have ended with it.
    private mutating func begin(run new: String) -> [Change] {
        guard new != run else { return [] }
        run = new
        var changes: [Change] = []
        for (name, camera) in cameras.sorted(by: { $0.key < $1.key }) {
            changes += camera.visitors.map { .left(camera: name, $0, at: nil) }
            if camera.isUp || !camera.visitors.isEmpty { changes.append(.camera(name)) }
            cameras[name]?.visitors = []
            cameras[name]?.isUp = false
        }
        return changes
    }

    /// Each camera once, after all that happened there.
    private static func ordered(_ changes: [Change]) -> [Change] {
        var seen: Set<String> = []
        return changes.reversed().filter { change in
            if case .camera(let name) = change { seen.insert(name).inserted } else { true }
        }.reversed()
    }
}
