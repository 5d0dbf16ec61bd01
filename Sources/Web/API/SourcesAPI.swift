import Administration
import Foundation
import Hummingbird

/// Tries the address of a camera before it is written into the configuration. Nothing of it is kept.
struct SourcesAPI: Feature {
    let administration: PeopleAdministration

    private struct Tried: Decodable { let source: String }

    var routes: [Route] {
        [
            Route(.post, "/api/v1/sources/try", .editor, .data) { request, context in
                let source = try await PeopleRequest.body(Tried.self, request, context).source
                return try .json(await administration.sources.run(source.trimmingCharacters(in: .whitespaces)))
            }
        ]
    }
}
