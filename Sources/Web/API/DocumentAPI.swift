import Hummingbird

/// The description of the API.
struct DocumentAPI: Feature {
    var routes: [Route] {
        [
            Route(.get, "/api/v1/openapi.json", .viewer, .data) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
            },
            // For those who watch over services: answers while this one does.
            Route(.get, "/api/v1/health", .everybody, .data) { _, _ in try .json(["ok": true]) },
        ]
    }
}
