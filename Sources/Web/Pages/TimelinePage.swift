import Foundation
import Hummingbird
import Visits

/// Who came, newest first, by person, machine, camera and day.
struct TimelinePage: Feature {
    let pages: Pages
    let visits: VisitStore

    static let pageSize = 40

    var navigation: NavigationItem? { NavigationItem("Timeline", "/timeline") }

    var routes: [Route] {
        [
            Route(.get, "/timeline", .viewer, .page) { request, context in
                let query = VisitQuery(request.uri.query ?? "")
                let content = try list(query).merging(choices(query)) { list, _ in list }
                return pages.page(
                    "timeline", title: "Timeline", section: "/timeline", content, scripts: ["timeline.js"], context)
            },
            // What the page adds when one scrolls to either end.
            Route(.get, "/timeline/more", .viewer, .data) { request, _ in
                let query = VisitQuery(request.uri.query ?? "")
                guard query.cursor != nil || query.newerThan != nil else {
                    throw WebFailure(.badRequest, "`before` or `after` is missing.")
                }
                return Pages.html(pages.fragment("days", try list(query)))
            },
        ]
    }

    private func list(_ query: VisitQuery) throws -> [String: Any] {
        let newer = try query.newerThan.map {
            try Array(visits.visits(query.filter, newerThan: $0, limit: Self.pageSize).reversed())
        }
        let found = try newer ?? visits.visits(query.filter, after: query.cursor, limit: Self.pageSize)
        var content: [String: Any] = ["isEmpty": found.isEmpty, "days": Self.days(found, query)]
        let isFull = found.count == Self.pageSize
        // Those that the reader comes from are there, whichever way that was.
        if newer != nil || isFull, let last = found.last {
            content["more"] = "?" + query.text(before: VisitCursor(last).text)
        }
        if newer != nil ? isFull : query.cursor != nil, let first = found.first {
            content["newer"] = "?" + query.text(after: VisitCursor(first).text)
        }
        return content
    }

    /// Visits of one day stand under it.
    private static func days(_ visits: [Visit], _ query: VisitQuery) -> [[String: Any]] {
        var days: [(day: String, visits: [VisitView])] = []
        for visit in visits {
            let view = VisitView(visit)
            if days.last?.day != view.date { days.append((view.date, [])) }
            days[days.count - 1].visits.append(view)
        }
        let parser = Date.ISO8601FormatStyle(timeZone: .current).year().month().day()
        return days.map { day in
            let words = (try? parser.parse(day.day)).map {
                $0.formatted(
                    Date.FormatStyle(locale: Locale(identifier: "en_GB"), timeZone: .current)
                        .weekday(.wide).day().month(.wide).year())
            }
            return ["date": day.day, "words": words ?? day.day, "visits": day.visits, "query": query.suffix]
        }
    }

    private func choices(_ query: VisitQuery) throws -> [String: Any] {
        let subjects = try visits.subjects()
        func options(_ kind: Visit.Kind, _ prefix: String, _ name: (String) -> String) -> [[String: Any]] {
            subjects.filter { $0.kind == kind }.prefix(1000).map { subject in
                let value = "\(prefix):\(subject.name)"
                return ["value": value, "name": name(subject.name), "isChosen": value == query.who]
            }
        }
        var content: [String: Any] = [
            "people": options(.person, "person") { $0 },
            "unknowns": options(.unknown, "unknown", VisitView.name(ofUnknown:)),
            "kinds": [("known", "People with a name"), ("strangers", "Unknown people"), ("undecided", "Undecided")].map
            {
                ["value": $0.0, "name": $0.1, "isChosen": $0.0 == query.who] as [String: Any]
            },
            "isFiltered": query.isFiltered, "zone": TimeZone.current.identifier,
        ]
        if let day = query.day { content["day"] = day }
        return try content.merging(places(query)) { content, _ in content }
    }

    /// The cameras, under their machines as soon as there are others.
    private func places(_ query: VisitQuery) throws -> [String: Any] {
        let cameras = try visits.cameras()
        func option(_ camera: (machine: String?, name: String)) -> [String: Any] {
            let value = camera.machine.map { "\($0)/\(camera.name)" } ?? camera.name
            return ["name": camera.name, "value": value, "isChosen": value == query.camera]
        }
        guard cameras.contains(where: { $0.machine != nil }) else { return ["cameras": cameras.map(option)] }
        var (machines, groups): ([[String: Any]], [[String: Any]]) = ([], [])
        for name in [visits.machine] + Set(cameras.compactMap(\.machine)).sorted() {
            let isShown = query.machine == nil || query.machine == name
            let own = isShown ? cameras.filter { ($0.machine ?? visits.machine) == name } : []
            machines.append(["name": name, "isChosen": query.machine == name])
            if !own.isEmpty { groups.append(["name": name, "own": own.map(option)]) }
        }
        return ["cameras": [], "isFleet": true, "machines": machines, "groups": groups]
    }
}
