import Events
import Foundation
import VisageCore

/// `visage tail --fleet`: events of all machines.
struct FleetTail {
    let socket: String
    let cameras: [String]
    let types: [String]
    /// Whether to begin with all that the brokers have.
    let isFromBeginning: Bool
    let isJSON: Bool
    let endsWithService: Bool

    private struct Request: Encodable {
        enum Since: Encodable {
            case everything
            case places([String: UInt64])

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .everything: try container.encode(0)
                case .places(let places): try container.encode(places)
                }
            }
        }

        var since: Since?
        var types: [String]?
        var cameras: [String]?
    }

    /// What each line has besides its event.
    private struct Line: Decodable {
        struct Machine: Decodable {
            let machine: String
            let newest: UInt64
        }

        let type: String
        let machine: String?
        let position: UInt64?
        let machines: [Machine]?
        let reason: String?
        let dropped: UInt64?
    }

    func run() throws {
        Output.endQuietly()
        var places: [String: UInt64] = [:]
        // Only the first failure to connect is an error: later the service may just be restarting.
        var client: EventClient? = try connect()
        var isFirst = true
        while true {
            if let connected = client {
                if !isFirst { Output.note("reconnected") }
                let since: Request.Since? =
                    places.isEmpty
                    ? (isFromBeginning ? .everything : nil)
                    // Of machines that have not come yet, everything is still missing.
                    : .places(isFromBeginning ? places.merging(["*": 0]) { $1 } : places)
                try follow(
                    connected, Request(since: since, types: Self.some(types), cameras: Self.some(cameras)), &places)
                if endsWithService { return }
                Output.note("visage-fleet has closed the connection; waiting for it on \(socket)")
            }
            isFirst = false
            // Between attempts to connect.
            Thread.sleep(forTimeInterval: 0.5)
            client = try? connect()
        }
    }

    private static func some(_ list: [String]) -> [String]? { list.isEmpty ? nil : list }

    private func connect() throws -> EventClient { try Self.connect(socket) }

    /// - Throws: `VisageError` that says which service is missing.
    static func connect(_ socket: String) throws -> EventClient {
        do {
            return try EventClient(connectingTo: socket)
        } catch let error as VisageError where error.code == .notFound {
            throw VisageError(
                .notFound, "No visage-fleet answers on \(socket): start it, or name its socket with --socket",
                cause: error.cause)
        }
    }

    private func follow(_ client: EventClient, _ request: Request, _ places: inout [String: UInt64]) throws {
        try? client.send(bytes: Array(try JSONEncoder().encode(request)) + [UInt8(ascii: "\n")])
        let decoder = JSONDecoder()
        while case .line(let line) = try client.next() {
            let data = Data(line.utf8)
            guard let head = try? decoder.decode(Line.self, from: data) else { continue }
            if head.type == EventType.error.rawValue { throw VisageError(.source, head.reason ?? line) }
            // It counts too, so that a restart before the first event loses nothing.
            for machine in head.machines ?? [] where places[machine.machine] == nil && !isFromBeginning {
                places[machine.machine] = machine.newest
            }
            if let machine = head.machine, let position = head.position { places[machine] = position }
            if isJSON {
                Output.json(line)
            } else if let machine = head.machine {
                if head.type == EventType.gap.rawValue {
                    Output.line("\(machine)  \(head.dropped ?? 0) events are missing here")
                } else if let event = try? decoder.decode(Event.self, from: data) {
                    Output.line("\(machine)  \(EventDescription.line(event))")
                }
            }
        }
    }
}
