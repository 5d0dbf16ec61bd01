import Events
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
