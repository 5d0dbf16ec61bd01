import Events
import Foundation
import Hummingbird
import Visits

/// Visits for programs: the same filters as the timeline.
struct VisitsAPI: Feature {
    let visits: VisitStore

    private struct ListBody: Encodable {
        let visits: [Item]
        /// For `before`: more visits; nil at the end.
        let next: String?
    }

    private struct Item: Encodable {
        let visit: Visit

        enum Key: String, CodingKey {
            case id, machine, camera, name, start, end, over, similarity, probability, margin, samples, revisions,
                recording,
                best
            case unknownID = "unknown_id"
            case durationMs = "duration_ms"
        }
        enum RecordingKey: String, CodingKey {
            case file, path
            case offsetMs = "offset_ms"
        }
        enum BestKey: String, CodingKey {
            case quality, box, width, height
            case afterMs = "after_ms"
        }

        func encode(to encoder: any Encoder) throws {
            var item = encoder.container(keyedBy: Key.self)
            try item.encode(visit.id, forKey: .id)
            try item.encodeIfPresent(visit.machine, forKey: .machine)
            try item.encode(visit.camera, forKey: .camera)
            if visit.kind == .person { try item.encode(visit.subject, forKey: .name) }
            if visit.kind == .unknown { try item.encode(visit.subject, forKey: .unknownID) }
            try item.encode(Self.time(visit.start), forKey: .start)
            try item.encode(Self.time(visit.end), forKey: .end)
            try item.encode(visit.isOver, forKey: .over)
            try item.encodeIfPresent(visit.durationMs, forKey: .durationMs)
            try item.encodeIfPresent(visit.similarity, forKey: .similarity)
            try item.encodeIfPresent(visit.probability, forKey: .probability)
            try item.encodeIfPresent(visit.margin, forKey: .margin)
            try item.encodeIfPresent(visit.samples, forKey: .samples)
            try item.encode(visit.revisions, forKey: .revisions)
            if let file = visit.file {
                var recording = item.nestedContainer(keyedBy: RecordingKey.self, forKey: .recording)
                try recording.encode(file, forKey: .file)
                // What another machine has recorded is there.
                if visit.machine == nil {
                    try recording.encode("/api/v1/recordings/\(visit.camera)/\(file)", forKey: .path)
                }
                try recording.encodeIfPresent(visit.offsetMs, forKey: .offsetMs)
            }
            if let quality = visit.quality {
                var best = item.nestedContainer(keyedBy: BestKey.self, forKey: .best)
                try best.encode(quality, forKey: .quality)
                try best.encodeIfPresent(visit.bestAfterMs, forKey: .afterMs)
                try best.encodeIfPresent(visit.box, forKey: .box)
                try best.encodeIfPresent(visit.width, forKey: .width)
                try best.encodeIfPresent(visit.height, forKey: .height)
            }
        }

        private static func time(_ milliseconds: Int64) -> String { Event.format(Date(milliseconds: milliseconds)) }
    }

    var routes: [Route] {
        [
            Route(.get, "/api/v1/visits", .viewer, .data) { request, _ in
                let fields = FormFields.parse(request.uri.query ?? "")
                let query = VisitQuery(request.uri.query ?? "")
                let limit = fields["limit"].map { Int($0) ?? 0 } ?? 50
                guard (1...500).contains(limit) else { throw WebFailure(.badRequest, "`limit` is 1 to 500.") }
                guard fields["before"] == nil || query.cursor != nil else {
                    throw WebFailure(.badRequest, "`before` is what `next` gave.")
                }
                let found = try visits.visits(query.filter, after: query.cursor, limit: limit)
                let next = found.count == limit ? found.last.map { VisitCursor($0).text } : nil
                return try .json(ListBody(visits: found.map(Item.init), next: next))
            },
            Route(.get, "/api/v1/visits/{id}", .viewer, .data) { _, context in
                guard let id = context.parameters.get("id", as: Int64.self), let visit = try visits.visit(id) else {
                    throw WebFailure(.notFound, "There is no such visit.")
                }
                return try .json(Item(visit: visit))
            },
        ]
    }
}
