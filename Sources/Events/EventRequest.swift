import Foundation
import VisageCore

/// The one line that a subscriber may send.
public struct EventRequest: Codable, Sendable, Equatable {
    /// Send what the log has after this `seq` first.
    public var since: Int64?
    /// The epoch that `since` belongs to: that of `hello` when the event came.
    public var epoch: String?
    /// Only these types; `frame` and `stats` come only when they are named.
    public var types: [String]?
    /// Only these cameras.
    public var cameras: [String]?

    public init(
        since: Int64? = nil, epoch: String? = nil, types: [String]? = nil, cameras: [String]? = nil
    ) {
        self.since = since
        self.epoch = epoch
        self.types = types
        self.cameras = cameras
    }

    /// Reads a line and checks it against what exists.
    /// - Throws: `VisageError(.usage)` that tells the sender what to write instead.
    public static func parse(_ line: some Sequence<UInt8>, cameras known: [String]) throws -> EventRequest {
        let data = Data(line)
        let request: EventRequest
        do {
            // A misspelled key must be an error, and not silently mean the default.
            let keys = try JSONDecoder().decode([String: Ignored].self, from: data).keys
            if let unknown = keys.sorted().first(where: { CodingKeys(stringValue: $0) == nil }) {
                throw VisageError(
                    .usage,
                    "unknown key \"\(unknown.prefix(64))\" in the request; there are since, epoch, types and cameras"
                )
            }
            request = try JSONDecoder().decode(EventRequest.self, from: data)
        } catch let error as VisageError {
            throw error
        } catch {
            throw VisageError(
                .usage,
                #"the line is not a request; one looks like {"since": 12, "types": ["face.identified"], "cameras": ["door"]}"#
            )
        }
        if let since = request.since, since < 0 {
            throw VisageError(.usage, "since is \(since), but seq starts at 1: use 0 for everything")
        }
        if let type = request.types?.first(where: { EventType(rawValue: $0) == nil }) {
            let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw VisageError(.usage, "no type \"\(type.prefix(64))\"; there are \(all)")
        }
        if let camera = request.cameras?.first(where: { !known.contains($0) }) {
            let all = known.isEmpty ? "none" : known.joined(separator: ", ")
            throw VisageError(.usage, "no camera \"\(camera.prefix(64))\"; there are \(all)")
        }
        return request
    }

    /// Which events the request asks for.
    package var filter: EventFilter {
        EventFilter(types: types.map { Set($0.compactMap(EventType.init)) }, cameras: cameras.map { Set($0) })
    }

    /// Decodes any value, because only the keys matter.
    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }
}
