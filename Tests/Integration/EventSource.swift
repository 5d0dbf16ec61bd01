import Events
import Foundation
import Logging
import Publishing
import TestSupport
import VisageCore

/// An event socket with a log as the daemon has it, and no cameras: a test says what happens.
final class EventSource: Sendable {
    let hub: EventHub
    private let server: EventServer

    static func start(in folder: ScratchFolder, cameras: [String] = ["door"]) async throws -> EventSource {
        let logger = Logger(label: "test")
        let log = try EventLog(at: folder.file("events.db").path, logger: logger)
        let hub = EventHub(log: log, version: "1.2.3", cameras: cameras, logger: logger)
        hub.provideStatus {
            var status = Event.Status(started: "", engine: "", models: [:], cameras: [], gallery: nil)
            status.cameras = cameras.map {
                .init(
                    camera: $0, source: "test", isUp: true, reason: nil, losses: SourceLosses())
            }
            return status
        }
        let server = try await EventServer.start(at: folder.file("events.sock").path, hub: hub, logger: logger)
        return EventSource(hub, server)
    }

    private init(_ hub: EventHub, _ server: EventServer) { (self.hub, self.server) = (hub, server) }

    /// Publishes so many events: visits of one person after the other.
    /// - Returns: the number of the last.
    @discardableResult func publish(_ count: Int, name: String? = "Ada") -> Int64 {
        for number in 0..<count {
            let track = number / 3 + 1
            hub.publish(.sample([.appeared, .identified, .lost][number % 3], track: track, name: name))
        }
        hub.flush()
        return hub.log.last
    }

    func end() async {
        hub.flush()
        await server.shutdown()
        hub.close()
    }
}
