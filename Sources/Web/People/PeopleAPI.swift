import Administration
import Foundation
import HTTPTypes
import Hummingbird
import VisageCore
import Visits

/// Changes of people. Each trains the gallery anew and is answered at once with the state of that; `/api/v1/training` says
/// how it goes on.
struct PeopleAPI: Feature {
    let administration: PeopleAdministration
    let visits: VisitStore

    private struct Added: Decodable {
        let uploads: [String]?
        /// Ids of unknown people whose views become photos.
        let unknown: [String]?
    }
    private struct Renamed: Decodable { let name: String }
    private struct Moved: Decodable {
        let to: String
        let photos: [String]?
    }
    private struct Removed: Decodable { let photos: [String] }
    private struct Forgotten: Decodable {
        let events: Bool?
        let recordings: Bool?
    }
    private struct Corrected: Decodable {
        /// nil: nobody who is to be known.
        let `is`: String?
    }
    private struct Labeled: Decodable {
        let ids: [String]
        let name: String
    }
    private struct Uploaded: Encodable { let upload: String }

    var routes: [Route] {
        [
            Route(.get, "/api/v1/people", .viewer, .data) { _, _ in
                try .json(await administration.directory.listing())
            },
            Route(.get, "/api/v1/unknown", .viewer, .data) { _, _ in
                // Where views lie is nobody's business; their names are.
                let people = try await administration.directory.unknownPeople().people.map { person in
                    UnknownListing.Person(
                        id: person.id, also: person.also, firstSeen: person.firstSeen, lastSeen: person.lastSeen,
                        visits: person.visits, cameras: person.cameras,
                        views: person.views.map {
                            PeopleRequest.path("unknown", person.id, URL(filePath: $0).lastPathComponent)
                        })
                }
                return try .json(["people": people])
            },
            Route(.get, "/api/v1/training", .viewer, .data) { _, _ in try .json(await administration.trainings.state) },
            Route(.post, "/api/v1/uploads", .editor, .data) { request, context in
                let body = try await BodyReader.collect(request.body, upTo: Uploads.maxBytes, within: .seconds(120))
                return try .json(
                    Uploaded(upload: await administration.uploads.add(Data(buffer: body))), status: .created)
            },
            Route(.post, "/api/v1/people/{name}/photos", .editor, .data) { request, context in
                try await add(request, context)
            },
            Route(.post, "/api/v1/people/{name}/rename", .editor, .data) { request, context in
                let name = try PeopleRequest.person(context)
                let new = try PeopleRequest.name(try await PeopleRequest.body(Renamed.self, request, context).name)
                return try await administration.begin(
                    "rename \(name) to \(new)", context, ["people", "rename"], values: [name, new])
            },
            Route(.post, "/api/v1/people/{name}/move", .editor, .data) { request, context in
                let name = try PeopleRequest.person(context)
                let body = try await PeopleRequest.body(Moved.self, request, context)
                let target = try PeopleRequest.name(body.to)
                return try await administration.begin(
                    "move \(body.photos.map { "\($0.count) photos" } ?? "all photos") of \(name) to \(target)", context,
                    ["people", "move"], values: [name, target] + (body.photos ?? []))
            },
            Route(.post, "/api/v1/people/{name}/remove", .editor, .data) { request, context in
                let name = try PeopleRequest.person(context)
                let photos = try await PeopleRequest.body(Removed.self, request, context).photos
                guard !photos.isEmpty else { throw WebFailure(.badRequest, "Choose photos to remove.") }
                return try await administration.begin(
                    "remove \(photos.count == 1 ? "1 photo" : "\(photos.count) photos") of \(name)", context,
                    ["people", "remove"], values: [name] + photos)
            },
            Route(.post, "/api/v1/people/{name}/forget", .editor, .data) { request, context in
                let name = try PeopleRequest.person(context)
                let body = try await PeopleRequest.body(Forgotten.self, request, context)
                return try await administration.begin(
                    "forget \(name)", context, ["forget", "--yes"] + Self.options(body), values: [name])
            },
            Route(.post, "/api/v1/unknown/label", .editor, .data) { request, context in
                let body = try await PeopleRequest.body(Labeled.self, request, context)
                return try await label(body.ids, PeopleRequest.name(body.name), context)
            },
            Route(.post, "/api/v1/unknown/{id}/forget", .editor, .data) { request, context in
                let id = try PeopleRequest.value("id", context)
                try Self.check(ids: [id])
                let body = try await PeopleRequest.body(Forgotten.self, request, context)
                return try await administration.begin(
                    "forget \(id)", context, ["forget", "--yes"] + Self.options(body), values: [id])
            },
            Route(.post, "/api/v1/visits/{id}/correct", .editor, .data) { request, context in
                try await correct(request, context)
            },
        ]
    }

    private static func options(_ body: Forgotten) -> [String] {
        (body.events == true ? ["--events"] : []) + (body.recordings == true ? ["--recordings"] : [])
    }

    private static func check(ids: [String]) throws {
        guard !ids.isEmpty, ids.count <= 1000, ids.allSatisfy({ UnknownNumber.number(of: $0) != nil })
        else { throw WebFailure(.badRequest, "These are no ids of unknown people.") }
    }

    private func label(_ ids: [String], _ name: String, _ context: WebContext) async throws -> Response {
        try Self.check(ids: ids)
        return try await administration.begin(
            "name \(ids.joined(separator: ", ")) \(name)", context, ["label"], values: ids + [name])
    }

    private func add(_ request: Request, _ context: WebContext) async throws -> Response {
        let name = try PeopleRequest.name(PeopleRequest.person(context))
        let body = try await PeopleRequest.body(Added.self, request, context)
        if let ids = body.unknown, !ids.isEmpty { return try await label(ids, name, context) }
        let files = try await administration.uploads.take(body.uploads ?? [])
        return try await administration.begin(
            "add \(files.count == 1 ? "1 photo" : "\(files.count) photos") of \(name)", context, ["people", "add"],
            values: [name] + files.map(\.path)
        ) {
            for file in files { unlink(file.path) }
        }
    }

    /// The face of a visit: in the recording, at the best view or where the visit was decided.
    private func correct(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let id = context.parameters.get("id", as: Int64.self), let visit = try visits.visit(id) else {
            throw WebFailure(.notFound, "There is no such visit, or the event log no longer has it.")
        }
        guard visit.kind == .person, let name = visit.subject else {
            throw WebFailure(.badRequest, "This visit has no name: name the unknown person instead.")
        }
        if let machine = visit.machine {
            throw WebFailure(.conflict, "The recording of this visit is on the machine \(machine): correct it there.")
        }
        let other = try await PeopleRequest.body(Corrected.self, request, context).is.map(PeopleRequest.name)
        guard other != name else { throw WebFailure(.badRequest, "That is the name that the visit has.") }
        guard let file = visit.file, let offset = visit.offsetMs, CameraName.isValid(visit.camera),
            Recordings.isRecording(file), visit.isOver
        else {
            throw WebFailure(
                .conflict,
                visit.isOver
                    ? "There is no recording of this visit, so there is no picture of the face: add photos of who it is."
                    : "The face is still in sight: correct the name when it has gone.")
        }
        var words = ["people", "correct", "--recording=\(administration.recordings)/\(visit.camera)/\(file)"]
        if let box = visit.box, box.count == 4, let after = visit.bestAfterMs {
            words += ["--at=\(offset + after)", "--box=\(box.map { String($0) }.joined(separator: ","))"]
        } else {
            throw WebFailure(.conflict, "Nothing is known of where the face was: add photos of who it is.")
        }
        if let other { words.append("--is=\(other)") }
        return try await administration.begin(
            "correct \(name)\(other.map { " to \($0)" } ?? ", who is somebody else")", context, words, values: [name])
    }
}
