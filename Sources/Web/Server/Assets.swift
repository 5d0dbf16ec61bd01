import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Style, scripts and pictures, which are in the program. Their paths change with their content, so that browsers may keep
/// them for ever.
struct Assets: Feature {
    private let files: [String: (bytes: [UInt8], type: String)] = [
        "app.css": (PackageResources.app_css, "text/css; charset=utf-8"),
        "app.js": (PackageResources.app_js, "text/javascript; charset=utf-8"),
        "live.js": (PackageResources.live_js, "text/javascript; charset=utf-8"),
        "timeline.js": (PackageResources.timeline_js, "text/javascript; charset=utf-8"),
        "system.js": (PackageResources.system_js, "text/javascript; charset=utf-8"),
        "people.js": (PackageResources.people_js, "text/javascript; charset=utf-8"),
        "icon.svg": (PackageResources.icon_svg, "image/svg+xml"),
    ]
    private let version: String

    init() {
        var hash = SHA256()
        for name in files.keys.sorted() { hash.update(data: files[name]?.bytes ?? []) }
        version = hash.finalize().prefix(6).map { String(format: "%02x", $0) }.joined()
    }

    func path(of name: String) -> String { "/assets/\(version)/\(name)" }

    var routes: [Route] {
        [
            Route(.get, "/assets/{version}/{file}", .everybody, .data) { request, context in
                guard context.parameters.get("version") == version,
                    let file = context.parameters.get("file").flatMap({ files[$0] })
                else { throw WebFailure(.notFound, "There is no such file.") }
                return Response(
                    status: .ok,
                    headers: [.contentType: file.type, .cacheControl: "public, max-age=31536000, immutable"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            },
            Route(.get, "/favicon.ico", .everybody, .data) { _, _ in .redirect(path(of: "icon.svg")) },
        ]
    }
}
