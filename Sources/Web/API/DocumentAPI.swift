import Hummingbird

/// The description of the API.
package struct DocumentAPI: Feature {
    /// OpenAPI 3.1.
    package static var json: [UInt8] { PackageResources.openapi_json }

    package var routes: [Route] {
        [
            Route(.get, "/api/v1/openapi.json", .viewer, .data) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: Self.json)))
            },
            // For those who watch over services: answers while this one does.
            Route(.get, "/api/v1/health", .everybody, .data) { _, _ in try .json(["ok": true]) },
        ]
    }
}
