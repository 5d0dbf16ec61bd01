import Administration
import Hummingbird
import VisageCore

/// What is known of the gallery: what it promises, what was measured, and who needs more photos.
struct QualityPage: Feature {
    let pages: Pages
    let administration: PeopleAdministration

    var navigation: NavigationItem? { NavigationItem("Quality", "/quality") }

    var routes: [Route] {
        [
            Route(.get, "/quality", .viewer, .page) { _, context in
                let listing = try await administration.directory.listing()
                return pages.page("quality", title: "Quality", section: "/quality", Self.content(listing), context)
            }
        ]
    }

    private static func content(_ listing: PeopleListing) -> [String: Any] {
        var content: [String: Any] = [
            "advice": listing.advice, "people": listing.people.filter { !$0.advice.isEmpty }.map(person),
            "isFine": listing.people.allSatisfy(\.advice.isEmpty), "isEmpty": listing.people.isEmpty,
        ]
        if let share = listing.falseNames {
            content["promise"] = "\(percent(share)) %"
            content["threshold"] = String(format: "%.3f", listing.threshold ?? 0)
            content["trackThreshold"] = String(format: "%.3f", listing.trackThreshold ?? 0)
        }
        var rates: [[String: Any]] = []
        if let rate = listing.strangers {
            rates.append(view(rate, "Your strangers' photos that get a name", limit: listing.falseNames))
        }
        if let rate = listing.leftOut {
            rates.append(
                view(
                    rate, "Photos of the gallery that get another's name when their own person is left out",
                    limit: listing.falseNames))
        }
        if let rate = listing.recognized {
            rates.append(view(rate, "Photos of the gallery that are known from the person's other photos", limit: nil))
        }
        content["rates"] = rates
        return content
    }

    private static func view(_ rate: PeopleListing.Rate, _ title: String, limit: Double?) -> [String: Any] {
        [
            "title": title, "rate": percent(rate.rate), "low": percent(rate.low), "high": percent(rate.high),
            "count": rate.count, "photos": rate.photos, "people": rate.people,
            // Too few photos to tell whether the promise is kept.
            "isWide": rate.high - rate.low > 0.2, "isBroken": limit.map { rate.low > $0 } ?? false,
        ]
    }

    private static func person(_ person: PeopleListing.Person) -> [String: Any] {
        ["name": person.name, "path": PeopleRequest.path("people", person.name), "advice": person.advice]
    }

    private static func percent(_ share: Double) -> String {
        let percent = share * 100
        return percent == percent.rounded() ? String(Int(percent)) : String(format: "%.1f", percent)
    }
}
