import Foundation
import Hummingbird
import VisageCore
import Visits

/// One visit: the recording at that moment, what the verdict stands on, and the visits before and after.
struct VisitPage: Feature {
    let pages: Pages
    let visits: VisitStore
    let recordings: Recordings

    var routes: [Route] {
        [
            Route(.get, "/visits/{id}", .viewer, .page) { request, context in
                guard let id = context.parameters.get("id", as: Int64.self), let visit = try visits.visit(id) else {
                    throw WebFailure(.notFound, "There is no such visit, or the event log no longer has it.")
                }
                let query = VisitQuery(request.uri.query ?? "")
                let cursor = VisitCursor(visit)
                var content: [String: Any] = ["visit": VisitView(visit), "query": query.suffix]
                // Newer ones stand above in the timeline, and come later in time.
                content["next"] = try visits.visit(query.filter, newerThan: cursor).map(VisitView.init)
                content["previous"] = try visits.visits(query.filter, after: cursor, limit: 1).first.map(VisitView.init)
                if let moment = recordings.moment(of: visit) {
                    content["recording"] = moment.path
                    // A little before, so that one sees the face come.
                    content["from"] = String(format: "%.1f", max(0, Double(moment.offsetMs) / 1000 - 1))
                }
                switch visit.kind {
                case .person where visit.isOver && visit.machine == nil && visit.subject != VisitStore.forgotten:
                    content["correction"] = true
                case .unknown where visit.subject.flatMap(UnknownNumber.number) != nil:
                    content["naming"] = visit.subject
                default: break
                }
                content["names"] = try visits.subjects().filter { $0.kind == .person }.map(\.name)
                return pages.page(
                    "visit", title: VisitView(visit).name, section: "/timeline", content,
                    scripts: ["timeline.js", "people.js"],
                    context)
            }
        ]
    }
}
