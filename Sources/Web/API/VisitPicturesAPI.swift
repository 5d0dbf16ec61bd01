import Administration
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import VisageCore
import Visits

/// The best view of each visit as a picture: from the recording, or of an unknown person a view that is kept.
struct VisitPicturesAPI: Feature {
    let maker: VisitPictureMaker
    let administration: PeopleAdministration
    let visits: VisitStore

    var routes: [Route] {
        [
            Route(.get, "/api/v1/visits/{id}/picture.jpg", .viewer, .data) { request, context in
                guard let id = context.parameters.get("id", as: Int64.self), let visit = try visits.visit(id) else {
                    throw WebFailure(.notFound, "There is no such visit.")
                }
                guard let picture = await maker.picture(of: visit) else { return try await view(visit) }
                return Self.response(picture, request)
            }
        ]
    }

    /// Browsers ask each time whether it is still there, because people can be forgotten.
    private static func response(_ picture: Data, _ request: Request) -> Response {
        let tag = "\"" + SHA256.hash(data: picture).prefix(12).map { String(format: "%02x", $0) }.joined() + "\""
        let headers: HTTPFields = [
            .eTag: tag, .cacheControl: "private, no-cache", .contentType: "image/jpeg", .contentDisposition: "inline",
        ]
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if known?.contains(where: { $0 == tag || $0 == "W/" + tag }) == true {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture)))
    }

    /// - Returns: 204 if there is no picture, which a page shows an initial for.
    private func view(_ visit: Visit) async throws -> Response {
        let none = Response(status: .noContent, headers: [.cacheControl: "no-store"])
        guard visit.machine == nil, visit.kind == .unknown, let id = visit.subject, id != VisitStore.forgotten,
            let person = try? await administration.directory.unknownPeople().people.first(where: {
                $0.id == id || $0.also.contains(id)
            }), let file = person.views.first,
            var response = try? await PeopleRequest.picture(URL(filePath: file))
        else { return none }
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
