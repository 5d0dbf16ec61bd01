import Administration
import Foundation
import HTTPTypes
import Hummingbird
import VisageCore
import Visits

/// The people of the gallery, and each with photos and visits.
struct PeoplePage: Feature {
    let pages: Pages
    let administration: PeopleAdministration
    let visits: VisitStore

    private static let visitCount = 20

    var navigation: NavigationItem? { NavigationItem("People", "/people") }

    var routes: [Route] {
        [
            Route(.get, "/people", .viewer, .page) { _, context in
                let listing = try await administration.directory.listing()
                return pages.page(
                    "people", title: "People", section: "/people",
                    ["people": listing.people.map(Self.card), "isEmpty": listing.people.isEmpty],
                    scripts: ["people.js"], context)
            },
            Route(.get, "/people/{name}", .viewer, .page) { _, context in
                let name = try PeopleRequest.person(context)
                let listing = try await administration.directory.listing()
                guard let person = listing.people.first(where: { $0.name == name }) else {
                    throw WebFailure(.notFound, "There is nobody called \(name).")
                }
                var content = Self.card(person)
                content["photos"] = person.photos.map { Self.photo($0, of: name) }
                content["mistakes"] = person.others.map { file in
                    ["file": "not/\(file)", "path": PeopleRequest.path("people", name, "not", file)]
                }
                content["hasMistakes"] = !person.others.isEmpty
                content["advice"] = person.advice
                content["names"] = listing.people.map(\.name).filter { $0 != name }
                let found = try visits.visits(VisitFilter(who: .person(name)), limit: Self.visitCount)
                content["visits"] = found.map { VisitView($0) }
                content["isEmpty"] = found.isEmpty
                content["timeline"] = "/timeline?\(FormFields.query(["person": name]))"
                return pages.page("person", title: name, section: "/people", content, scripts: ["people.js"], context)
            },
            Route(.get, "/people/{name}/photos/{file}", .viewer, .data) { _, context in
                try await picture(context, isOther: false)
            },
            Route(.get, "/people/{name}/not/{file}", .viewer, .data) { _, context in
                try await picture(context, isOther: true)
            },
        ]
    }

    private func picture(_ context: WebContext, isOther: Bool) async throws -> Response {
        try await PeopleRequest.picture(
            administration.directory.photo(
                PeopleRequest.value("file", context), of: PeopleRequest.person(context), isOther: isOther))
    }

    private static func card(_ person: PeopleListing.Person) -> [String: Any] {
        let used = person.photos.count(where: \.used)
        var card: [String: Any] = [
            "name": person.name, "path": PeopleRequest.path("people", person.name),
            "api": PeopleRequest.path("api", "v1", "people", person.name),
            "initial": String(person.name.prefix(1)).uppercased(), "enrolled": person.enrolled,
            "count": used == 1 ? "1 photo" : "\(used) photos", "needsMore": !person.advice.isEmpty,
        ]
        if let photo = person.photos.first(where: \.used) ?? person.photos.first {
            card["picture"] = PeopleRequest.path("people", person.name, "photos", photo.file)
        }
        if let like = person.nearest {
            card["nearest"] = [
                "name": like.name, "path": PeopleRequest.path("people", like.name), "alike": like.alike,
                "similarity": String(format: "%.2f", like.similarity),
            ]
        }
        return card
    }

    private static func photo(_ photo: PeopleListing.Photo, of name: String) -> [String: Any] {
        var view: [String: Any] = [
            "file": photo.file, "path": PeopleRequest.path("people", name, "photos", photo.file), "used": photo.used,
        ]
        if let reason = photo.reason { view["reason"] = reason }
        if let quality = photo.quality { view["quality"] = "\(Int((quality * 100).rounded())) %" }
        return view
    }
}
