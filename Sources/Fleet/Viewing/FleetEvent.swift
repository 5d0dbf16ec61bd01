import Events
import Foundation
import VisageCore

/// An event of some machine, as subscribers get it: the daemon's line with `machine` and `position` in front.
package struct FleetEvent: Sendable, Equatable {
    package let line: String
    /// nil if only a newer version knows it.
    package let type: EventType?
    package let camera: String?

    private struct Head: Decodable {
        let type: String
        let camera: String?
        let machine: String?
        let position: UInt64?
    }

    private static let maxBytes = 65_536

    /// - Parameters:
    ///   - payload: what the brokers say that the machine has published.
    ///   - position: its place in the machine's stream.
    /// - Returns: nil if no visaged has written that.
    package init?(_ payload: Data, machine: String, position: UInt64) {
        guard payload.count <= Self.maxBytes, let text = String(data: payload, encoding: .utf8),
            text.hasPrefix("{"), let head = try? JSONDecoder().decode(Head.self, from: payload),
            head.machine == nil, head.position == nil
        else { return nil }
        line = TerminalText.escaped(
            json: #"{"machine":"\#(machine)","position":\#(position),"# + text.dropFirst())
        (type, camera) = (EventType(rawValue: head.type), head.camera)
    }

    /// Events that nobody has any more.
    init(missing count: UInt64, machine: String, position: UInt64, time: Date) {
        line = """
            {"machine":"\(machine)","position":\(position),"dropped":\(count),"schema":1,\
            "time":"\(Event.format(time))","type":"gap"}
            """
        (type, camera) = (.gap, nil)
    }

    func passes(_ filter: EventFilter) -> Bool {
        guard let type else { return filter.types == nil }
        return filter.passes(type: type, camera: camera)
    }
}
