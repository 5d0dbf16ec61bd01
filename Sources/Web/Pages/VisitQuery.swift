import Foundation
import Visits

/// Which visits a page or a program asks for, as a query says it: `person`, `unknown` or `who`, `machine`, `camera`,
/// `day`, and from where on: `before`, or `after` for newer ones. What makes no sense matches nothing, rather than everything.
struct VisitQuery {
    /// As the choice on the page has it: `person:NAME`, `unknown:ID`, `known`, `strangers`, `undecided`.
    private(set) var who: String?
    private(set) var machine: String?
    /// `MACHINE/CAMERA`, or one of `machine`, or of this machine.
    private(set) var camera: String?
    /// `2026-03-01`, in the time zone of this machine.
    private(set) var day: String?
    private(set) var cursor: VisitCursor?
    /// The visits that came next after this one are asked for.
    private(set) var newerThan: VisitCursor?

    init(_ query: String) {
        let fields = FormFields.parse(query).filter { !$0.value.isEmpty }
        who = fields["who"] ?? fields["person"].map { "person:\($0)" } ?? fields["unknown"].map { "unknown:\($0)" }
        machine = fields["machine"]
        camera = fields["camera"]
        day = fields["day"]
        cursor = fields["before"].flatMap { VisitCursor(text: $0) }
        newerThan = fields["after"].flatMap { VisitCursor(text: $0) }
    }

    var isFiltered: Bool { who != nil || machine != nil || camera != nil || day != nil }

    var filter: VisitFilter {
        guard let camera, let slash = camera.firstIndex(of: "/") else {
            return VisitFilter(who: filterWho, machine: machine, camera: camera, times: times)
        }
        let named = String(camera[..<slash])
        return VisitFilter(
            who: filterWho, machine: named, camera: String(camera[camera.index(after: slash)...]),
            times: machine ?? named == named ? times : 0..<0)
    }

    private var filterWho: VisitFilter.Who? {
        guard let who else { return nil }
        switch who {
        case "known": return .kind(.person)
        case "strangers": return .kind(.unknown)
        case "undecided": return .kind(.undecided)
        default:
            let parts = who.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return .person(who) }
            return parts[0] == "unknown" ? .unknown(parts[1]) : .person(parts[1])
        }
    }

    private var times: Range<Int64>? {
        guard let day else { return nil }
        let style = Date.ISO8601FormatStyle(timeZone: .current).year().month().day()
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        guard let start = try? style.parse(day), let end = calendar.date(byAdding: .day, value: 1, to: start) else {
            return 0..<0
        }
        return Int64(start.timeIntervalSince1970 * 1000)..<Int64(end.timeIntervalSince1970 * 1000)
    }

    /// The same filter, from another place on.
    func text(before: String? = nil, after: String? = nil) -> String {
        FormFields.query([
            "who": who, "machine": machine, "camera": camera, "day": day, "before": before, "after": after,
        ])
    }

    /// For links to a visit that keep the filter.
    var suffix: String { isFiltered ? "?" + text() : "" }
}
