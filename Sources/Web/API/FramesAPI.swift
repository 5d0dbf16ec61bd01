import Foundation
import Hummingbird

/// The cameras' pictures.
struct FramesAPI: Feature {
    let streams: FrameStreams

    var routes: [Route] {
        [
            Route(.get, "/api/v1/cameras/{name}/frame.jpg", .viewer, .data) { _, context in
                try await streams.picture(of: context.parameters.get("name") ?? "")
            },
            Route(.get, "/api/v1/cameras/{name}/stream.mjpeg", .viewer, .data) { _, context in
                try streams.stream(of: context.parameters.get("name") ?? "")
            },
            Route(.get, "/api/v1/frames", .viewer, .data) { request, _ in
                let query = FormFields.parse(request.uri.query ?? "")
                let cameras = (query["cameras"] ?? "").split(separator: ",").prefix(64).map(String.init)
                let rate = Double(query["rate"] ?? "") ?? 0
                guard !cameras.isEmpty, rate >= 0, rate <= 1000 else {
                    throw WebFailure(.badRequest, "Name the cameras, as in ?cameras=door,yard&rate=5.")
                }
                return streams.frames(of: cameras, rate: rate)
            },
        ]
    }
}
