import Foundation
import VisageCore

/// Up to where a machine's events are in its stream. The last message of the stream says it.
package struct StreamPlace: Codable, Sendable, Equatable {
    /// The sequence of the last message; 0: there is none.
    package var sequence: UInt64 = 0
    /// The `seq` of its event.
    package var seq: Int64 = 0
    /// The epoch of that `seq`.
    package var epoch: String?

    package init(sequence: UInt64 = 0, seq: Int64 = 0, epoch: String? = nil) {
        (self.sequence, self.seq, self.epoch) = (sequence, seq, epoch)
    }

    /// - Parameter message: the last of the stream.
    /// - Returns: nil if it is none of ours.
    init?(_ message: FleetMessage, sequence: UInt64) {
        guard let seq = message.headers[FleetHeader.seq].flatMap({ Int64($0) }), seq >= 0 else { return nil }
        self.init(sequence: sequence, seq: seq, epoch: message.headers[FleetHeader.epoch])
    }
}

/// What goes into the stream next.
package struct StreamEntry: Sendable, Equatable {
    package let line: String
    package let place: StreamPlace

    /// What the broker is told.
    var headers: [String: String] {
        var headers = [
            FleetHeader.expectedLast: "\(place.sequence - 1)", FleetHeader.seq: "\(place.seq)",
        ]
        headers[FleetHeader.epoch] = place.epoch
        return headers
    }
}
