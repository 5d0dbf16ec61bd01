// Events is the contract with outsiders: the lines on the event socket, their schema, the request that a subscriber may
// send, and a client. The rest of the program reports `CameraEvent`s; rounding and encoding happen here alone.

import Foundation
import VisageCore

/// One line on the event socket.
public struct Event: Sendable, Equatable {
    /// The version of the schema that this program writes.
    public static let schemaVersion = 1

    public var schema = Event.schemaVersion
    /// Set by the log when the event is published; nil for events that are not logged.
    public var seq: Int64?
    /// Tells runs of the daemon apart.
    public var run = ""
    /// RFC 3339, UTC, milliseconds.
    public var time: String
    public var camera: String?
    public var content: Content

    /// What each type of event carries.
    public enum Content: Sendable, Equatable {
        case hello(Hello)
        case appeared(Sighting)
        case identified(Sighting, Finding)
        case unknown(Sighting, Finding)
        case revised(Sighting, Finding, Revision)
        /// Without a finding if the track stayed undecided.
        case lost(Sighting, Finding?, Departure)
        case sourceUp
        case sourceDown(SourceDown)
        case frame(FrameContent)
        case stats(Stats)
        case status(Status)
        case gap(Gap)
        case error(Failure)
    }

    public init(_ content: Content, time: Date, camera: String? = nil) {
        self.content = content
        self.time = Event.format(time)
        self.camera = camera
    }

    public var type: EventType {
        switch content {
        case .hello: .hello
        case .appeared: .appeared
        case .identified: .identified
        case .unknown: .unknown
        case .revised: .revised
        case .lost: .lost
        case .sourceUp: .sourceUp
        case .sourceDown: .sourceDown
        case .frame: .frame
        case .stats: .stats
        case .status: .status
        case .gap: .gap
        case .error: .error
        }
    }

    /// The face that the event is about; nil for events that are not about a track.
    public var sighting: Sighting? {
        switch content {
        case .appeared(let sighting), .identified(let sighting, _), .unknown(let sighting, _),
            .revised(let sighting, _, _), .lost(let sighting, _, _):
            sighting
        default: nil
        }
    }

    /// Who the event says that a face is; nil where it says nothing about that.
    public var finding: Finding? {
        switch content {
        case .identified(_, let finding), .unknown(_, let finding), .revised(_, let finding, _): finding
        case .lost(_, let finding, _): finding
        default: nil
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    public static func format(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The event as one line of JSON, keys sorted, without the newline. It has no character that would end a line or that
    /// a terminal would obey.
    /// - Throws: `EncodingError` for a number that is not finite.
    public func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return TerminalText.escaped(json: String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
