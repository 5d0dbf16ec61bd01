import Foundation
import Logging
import Publishing
import TestSupport
import Testing
import VisageCore

/// A hub with its log and event socket in a folder of their own.
struct Fixture {
    let folder: ScratchFolder
    let log: EventLog
    let hub: EventHub
    let server: EventServer
    let path: String

    static let logger = Logger(label: "test")
    static let cameras = ["door", "yard"]

    /// `requestWait` is long by default: most tests send a request, and a slow machine must not cut it short.
    static func make(
        in folder: ScratchFolder? = nil, limits: (inout EventServer.Limits) -> Void = { _ in },
        statsProvider: @escaping @Sendable () -> [Event] = { [] }
    ) async throws -> Fixture {
        let folder = try folder ?? ScratchFolder()
        let log = try EventLog(at: folder.path("events.db"), logger: logger)
        let hub = EventHub(
            log: log, version: "test", cameras: cameras, logger: logger, statsProvider: statsProvider)
        var settings = EventServer.Limits()
        settings.requestWait = .seconds(60)
        limits(&settings)
        let path = folder.path("events.sock")
        let server = try await EventServer.start(at: path, hub: hub, limits: settings, logger: logger)
        return Fixture(folder: folder, log: log, hub: hub, server: server, path: path)
    }

    func connect(_ request: EventRequest? = nil) throws -> EventReader { try EventReader(path, request) }

    func end() async {
        hub.flush()
        await server.shutdown()
        hub.close()
    }
}

extension ScratchFolder {
    func path(_ name: String) -> String { file(name).path(percentEncoded: false) }
}

/// A client that checks every line against the schema.
final class EventReader {
    let client: EventClient
    private static let validator = Result { try EventSchemaValidator(schema: EventSchema.json) }

    init(_ path: String, _ request: EventRequest?) throws {
        client = try EventClient(connectingTo: path)
        if let request { try client.send(request) }
    }

    /// The next event; fails at the end or when nothing comes.
    func next() throws -> Event {
        switch try client.next(timeout: testTimeout) {
        case .line(let line):
            try EventReader.validator.get().check(line)
            return try JSONDecoder().decode(Event.self, from: Data(line.utf8))
        case .ended: throw VisageError(.source, "the connection ended")
        case .timedOut: throw VisageError(.source, "nothing came")
        }
    }

    func next(_ type: EventType) throws -> Event {
        let event = try next()
        #expect(event.type == type)
        return event
    }

    /// Events up to the one with this `seq`; fails at a gap. `progress` hears of each.
    func upTo(_ seq: Int64, progress: (Int64) -> Void = { _ in }) throws -> [Event] {
        var events: [Event] = []
        while events.last?.seq != seq {
            let event = try next()
            guard event.type != .gap else { throw VisageError(.source, "a gap of \(event.dropped ?? 0)") }
            events.append(event)
            event.seq.map(progress)
        }
        return events
    }

    /// Events until the server closes.
    func toEnd() throws -> [Event] {
        var events: [Event] = []
        while case .line(let line) = try client.next(timeout: testTimeout) {
            try EventReader.validator.get().check(line)
            events.append(try JSONDecoder().decode(Event.self, from: Data(line.utf8)))
        }
        return events
    }
}

extension Event {
    /// A complete event as the pipeline would make it.
    static func sample(_ type: EventType, camera: String = "door", track: Int = 1, name: String? = nil)
        -> Event
    {
        var event = Event(type, time: Date(), camera: camera)
        switch type {
        case .sourceDown: event.reason = "unplugged"
        case .stats:
            event.stats = Stats(
                fps: 25, latencyP50Ms: 20, latencyP99Ms: 40, skipped: 0, damaged: 0, missed: 0, unrecorded: 0,
                queued: 0, eventsDropped: 0)
        case .frame:
            event.frame = .sample
            event.faces = []
        case .appeared, .identified, .unknown, .revised, .lost:
            event.frame = .sample
            event.track = track
            event.box = [1, 2, 30, 40]
            event.score = 0.9
        default: break
        }
        if type == .identified || type == .unknown || type == .revised {
            event.samples = 3
            event.similarity = 0.8
            event.name = name
            if name == nil { event.unknownID = "u-\(track)" }
        }
        if type == .revised {
            event.from = Subject(.unknown(id: "u-\(track)"))
            event.to = name.map { Subject(.person($0)) }
        }
        if type == .lost {
            event.durationMs = 1_000
            event.best = View(frame: 1, ptsMs: 40, box: [1, 2, 30, 40], quality: 0.5)
        }
        return event
    }
}

extension Event.FrameReference {
    static var sample: Event.FrameReference { Event.FrameReference(Frame.sample()) }
}

extension Frame {
    static func sample(_ number: Int = 0) -> Frame {
        let image = PixelBufferPool(width: 64, height: 48).make(matrix: .bt601)
        return Frame(
            number: number, pts: .milliseconds(40 * number), captured: .now, wall: Date(), image: image)
    }
}
