import Events
import Foundation
import Visits

/// A visit as the templates show it.
struct VisitView: Sendable {
    let id: Int64
    let camera: String
    /// nil: this machine.
    let machine: String?
    /// The camera, with the machine in front if it is another one.
    let place: String
    let kind: String
    /// Who, for people.
    let name: String
    let initial: String
    /// Of all their visits; nil while undecided.
    let personPath: String?
    let date: String
    let time: String
    /// RFC 3339.
    let start: String
    let duration: String
    let isOver: Bool
    let hasRecording: Bool
    /// Where the picture of the best view is, if there may be one.
    let picture: String?
    let similarity: String?
    let grounds: String?
    let revisions: String?
    let cursor: String

    init(_ visit: Visit) {
        id = visit.id
        camera = visit.camera
        machine = visit.machine
        place = visit.machine.map { "\($0)/\(visit.camera)" } ?? visit.camera
        switch visit.kind {
        case .person: (kind, name) = ("person", visit.subject ?? "?")
        case .unknown: (kind, name) = ("unknown", Self.name(ofUnknown: visit.subject ?? "?"))
        case .undecided: (kind, name) = ("undecided", "Somebody")
        }
        initial = visit.kind == .person ? String(name.prefix(1)).uppercased() : "?"
        let who: KeyValuePairs<String, String?> =
            visit.kind == .person ? ["person": visit.subject] : ["unknown": visit.subject]
        personPath = visit.subject.map { _ in "/timeline?\(FormFields.query(who))" }
        let moment = Date(milliseconds: visit.start)
        date = Self.day(moment)
        time = Self.clock(moment)
        start = Event.format(moment)
        isOver = visit.isOver
        duration = visit.isOver ? Self.duration(visit.durationMs ?? visit.end - visit.start) : "in sight"
        hasRecording = visit.file != nil
        let isKept = visit.machine == nil && visit.kind == .unknown && !visit.isForgotten
        picture = visit.hasBestView || isKept ? "/api/v1/visits/\(visit.id)/picture.jpg" : nil
        similarity = visit.similarity.map { String(format: "%.2f", $0) }
        grounds = Self.grounds(visit)
        revisions = visit.revisions == 0 ? nil : visit.revisions == 1 ? "once" : "\(visit.revisions) times"
        cursor = VisitCursor(visit).text
    }

    /// How ids of unknown people are shown.
    static func name(ofUnknown id: String) -> String {
        // Of a machine that does not share its unknown people.
        if let slash = id.firstIndex(of: "/") {
            return "\(name(ofUnknown: String(id[id.index(after: slash)...]))) of \(id[..<slash])"
        }
        return id.hasPrefix("unknown-") ? "Unknown \(id.dropFirst(8))" : id == VisitStore.forgotten ? "Forgotten" : id
    }

    private static func grounds(_ visit: Visit) -> String? {
        guard let samples = visit.samples else { return nil }
        var parts = [samples == 1 ? "1 view" : "\(samples) views"]
        if let probability = visit.probability { parts.append("probability \(Int((probability * 100).rounded())) %") }
        if let margin = visit.margin { parts.append("margin \(String(format: "%.2f", margin))") }
        return parts.joined(separator: ", ")
    }

    private static func duration(_ milliseconds: Int64) -> String {
        let seconds = Int((Double(milliseconds) / 1000).rounded())
        if seconds < 1 { return "under 1 s" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }

    /// `2026-03-01`, in the time zone of this machine.
    static func day(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: .current).year().month().day())
    }

    static func clock(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false))
    }
}

extension Date {
    /// Since 1970. Half a millisecond more, because texts leave out what is less than one.
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000) }
}
