import Administration
import Foundation
import HTTPTypes
import Hummingbird
import VisageCore

/// People without a name, as `visage label --suggest` groups them.
struct UnknownPage: Feature {
    let pages: Pages
    let administration: PeopleAdministration

    var navigation: NavigationItem? { NavigationItem("Unknown", "/unknown") }

    var routes: [Route] {
        [
            Route(.get, "/unknown", .viewer, .page) { _, context in
                let listing = try await administration.directory.unknownPeople()
                var content: [String: Any] = ["isEmpty": listing.people.isEmpty]
                var groups: [UnknownSuggestions.Group] = []
                if !listing.people.isEmpty {
                    do {
                        groups = try await administration.directory.groups().groups
                    } catch let error as VisageError {
                        content["problem"] = "Nobody can be grouped: \(error)"
                    }
                }
                content["groups"] = Self.groups(listing.people, groups)
                content["names"] = (try? await administration.directory.listing().people.map(\.name)) ?? []
                return pages.page(
                    "unknown", title: "Unknown people", section: "/unknown", content, scripts: ["people.js"], context)
            },
            Route(.get, "/unknown/{id}/{file}", .viewer, .data) { _, context in
                try await PeopleRequest.picture(
                    administration.directory.view(
                        PeopleRequest.value("file", context), of: PeopleRequest.value("id", context)))
            },
        ]
    }

    private static func groups(
        _ people: [UnknownListing.Person], _ suggested: [UnknownSuggestions.Group]
    ) -> [[String: Any]] {
        let grouped = Set(suggested.flatMap(\.ids))
        let alone = people.filter { !grouped.contains($0.id) }
            .map { UnknownSuggestions.Group(ids: [$0.id]) }
        return (suggested + alone).map { group -> (seen: String, [String: Any]) in
            let members = people.filter { group.ids.contains($0.id) }
            let seen = members.map(\.lastSeen).max() ?? ""
            var view: [String: Any] = [
                "ids": group.ids.joined(separator: " "), "key": group.ids.first ?? "",
                "title": group.ids.map { VisitView.name(ofUnknown: $0) }.joined(separator: ", "),
                "visits": members.reduce(0) { $0 + $1.visits },
                "cameras": Set(members.flatMap(\.cameras)).sorted().joined(separator: ", "), "seen": local(seen),
                "views": members.flatMap { person in
                    person.views.map { PeopleRequest.path("unknown", person.id, URL(filePath: $0).lastPathComponent) }
                },
                "isOne": group.ids.count == 1,
                "timeline": "/timeline?\(FormFields.query(["unknown": group.ids.first]))",
            ]
            if let similarity = group.similarity { view["similarity"] = String(format: "%.2f", similarity) }
            if let name = group.name { view["suggestion"] = name }
            return (seen, view)
        }.sorted { $0.seen > $1.seen }.map(\.1)
    }

    private static func local(_ time: String) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? style.parse(time) else { return time }
        return "\(VisitView.day(date)) \(VisitView.clock(date))"
    }
}
