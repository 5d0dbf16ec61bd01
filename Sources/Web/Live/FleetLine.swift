import Events
import Foundation
import VisageConfiguration
import VisageCore

/// A line of the socket of all machines' events, as far as the visits need it.
struct FleetLine: Decodable {
    /// In `hello`: a machine whose stream is known.
    struct Machine: Decodable {
        let machine: String
        let oldest: UInt64
        let newest: UInt64
    }

    let type: String
    let machine: String?
    let position: Int64?
    let machines: [Machine]?
    let reason: String?
    let dropped: UInt64?
    private let seq: Int64?
    private let run: String?
    private let time: String?

    /// Tells an event from another one that has its position in a stream that was begun anew. Empty for gaps, which are
    /// made when they are read.
    var mark: String { type == EventType.gap.rawValue ? "" : "\(seq ?? 0) \(run ?? "") \(time ?? "")" }

    static func isName(_ machine: String) -> Bool { Configuration.Fleet.isName(machine) }

    /// The line that asks for the events after these places, and for nothing of this machine.
    static func request(after places: [String: Int64], without own: String) throws -> [UInt8] {
        struct Request: Encodable { let since: [String: Int64] }
        // All others from the beginning; of this machine, those that it will never have.
        let since = places.merging(["*": 0, own: Int64.max - 1]) { $1 }
        return Array(try JSONEncoder().encode(Request(since: since))) + [UInt8(ascii: "\n")]
    }
}

extension Event {
    /// Whether a daemon may have told this. Another machine, or a broker, can write what it likes; what could not be shown
    /// is passed over.
    var isPlausible: Bool {
        let span = 0...1_000_000_000_000_000
        func isText(_ text: String?) -> Bool { text.map { !$0.isEmpty && $0.utf8.count <= 800 } ?? true }
        func isRatio(_ value: Double?) -> Bool { value.map { (-1000...1000).contains($0) } ?? true }
        guard run.utf8.count <= 100, time.utf8.count <= 40, camera.map(CameraName.isValid) ?? true else { return false }
        guard let sighting else { return true }
        guard span.contains(sighting.frame.ptsMs), isText(sighting.recording?.file),
            sighting.recording.map({ span.contains(Int($0.offsetMs)) }) ?? true
        else { return false }
        if let finding {
            guard isText(finding.name), isText(finding.unknownID), isRatio(finding.similarity),
                isRatio(finding.probability), isRatio(finding.margin), span.contains(finding.samples)
            else { return false }
        }
        guard case .lost(_, _, let departure) = content else { return true }
        return span.contains(departure.durationMs) && span.contains(departure.best.ptsMs)
            && departure.best.box.count == 4 && isRatio(departure.best.quality)
    }
}
