import Events
import Foundation
import VisageCore

/// The one line that a subscriber of the events of all machines may send.
package struct FleetRequest: Decodable, Sendable, Equatable {
    /// After which places events are wanted.
    package enum Since: Decodable, Sendable, Equatable {
        /// All that the brokers have; given as 0.
        case everything
        /// By machine; under `*` for all others. Without that, these have new events only.
        case places([String: UInt64])

        package init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if (try? value.decode(Int.self)) == 0 {
                self = .everything
            } else {
                self = .places(try value.decode([String: UInt64].self))
            }
        }
    }

    package var since: Since?
    package var types: [String]?
    package var cameras: [String]?
    package var machines: [String]?

    package init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case since, types, cameras, machines
    }

    /// - Throws: `VisageError` (usage) that tells the sender what to write instead.
    package static func parse(_ line: some Sequence<UInt8>) throws -> FleetRequest {
        let data = Data(line)
        let example = #"{"since": {"house": 12}, "types": ["face.identified"], "machines": ["house"]}"#
        guard let keys = try? JSONDecoder().decode([String: Anything].self, from: data).keys else {
            throw VisageError(.usage, "the line is not a request; one looks like \(example)")
        }
        if let unknown = keys.sorted().first(where: { CodingKeys(stringValue: $0) == nil }) {
            let all = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw VisageError(.usage, "unknown key \"\(unknown.prefix(64))\" in the request; there are \(all)")
        }
        guard let request = try? JSONDecoder().decode(FleetRequest.self, from: data) else {
            throw VisageError(.usage, "the line is not a request; one looks like \(example)")
        }
        if let type = request.types?.first(where: { EventType(rawValue: $0) == nil }) {
            let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw VisageError(.usage, "no type \"\(type.prefix(64))\"; there are \(all)")
        }
        return request
    }

    /// Whether it asks for the state of all machines, and for nothing else.
    var isForStatus: Bool { types == [EventType.status.rawValue] }

    var filter: EventFilter {
        EventFilter(types: types.map { Set($0.compactMap(EventType.init)) }, cameras: cameras.map { Set($0) })
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }
}
