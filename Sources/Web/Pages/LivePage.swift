import Foundation
import Hummingbird
import Visits

/// Every camera now, and who is before it.
struct LivePage: Feature {
    let pages: Pages
    let live: LiveState
    let feed: LiveFeed
    let visits: VisitStore

    var navigation: NavigationItem? { NavigationItem("Live", "/") }

    var routes: [Route] {
        [
            Route(.get, "/", .viewer, .page) { _, context in
                let cameras = live.cameras.map(Self.view)
                let content: [String: Any] = [
                    "cameras": cameras, "isEmpty": cameras.isEmpty, "isConnected": live.isConnected,
                    "recent": try feed.recent(),
                ]
                return pages.page("live", title: "Live", section: "/", content, scripts: ["live.js"], context)
            },
            Route(.get, "/cameras/{name}", .viewer, .page) { _, context in
                let name = context.parameters.get("name") ?? ""
                guard let camera = live.cameras.first(where: { $0.name == name }) else {
                    throw WebFailure(.notFound, "There is no camera \(name).")
                }
                let found = try visits.visits(VisitFilter(camera: name), limit: 12)
                let content: [String: Any] = [
                    "cameras": [Self.view(camera)], "name": name, "isConnected": live.isConnected,
                    "visits": found.map(VisitView.init), "isEmpty": found.isEmpty,
                ]
                return pages.page("camera", title: name, section: "/", content, scripts: ["live.js"], context)
            },
            Route(.get, "/live/events", .viewer, .data) { _, _ in feed.response() },
        ]
    }

    /// What the templates name.
    private static func view(_ camera: LiveState.Camera) -> [String: Any] {
        var view: [String: Any] = [
            "name": camera.name, "isUp": camera.isUp, "isEmpty": camera.people.isEmpty,
            "people": camera.people.map { face in
                [
                    "name": face.name ?? face.unknownID.map(VisitView.name(ofUnknown:)) ?? "Somebody",
                    "kind": face.name != nil ? "person" : face.unknownID != nil ? "unknown" : "undecided",
                ]
            },
        ]
        if !camera.isUp { view["reason"] = camera.reason ?? "no frames" }
        return view
    }
}
