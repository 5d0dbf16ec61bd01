import Events
import Hummingbird

/// How the daemon does, and its cameras.
struct StatusAPI: Feature {
    let reader: StatusReader
    let live: LiveState

    private struct StatusBody: Encodable {
        let version: String
        let run: String
        let oldest: Int64
        let newest: Int64
        let status: Event.Status
    }

    private struct CamerasBody: Encodable {
        let connected: Bool
        let cameras: [LiveState.Camera]
    }

    var routes: [Route] {
        [
            Route(.get, "/api/v1/status", .viewer, .data) { _, _ in
                let report = try await reader.report()
                return try .json(
                    StatusBody(
                        version: report.hello.version, run: report.run, oldest: report.hello.oldest,
                        newest: report.hello.newest, status: report.status))
            },
            Route(.get, "/api/v1/cameras", .viewer, .data) { _, _ in
                try .json(CamerasBody(connected: live.isConnected, cameras: live.cameras))
            },
            Route(.get, "/api/v1/cameras/{name}", .viewer, .data) { _, context in
                let name = context.parameters.get("name") ?? ""
                guard let camera = live.cameras.first(where: { $0.name == name }) else {
                    throw WebFailure(.notFound, "There is no camera \(name).")
                }
                return try .json(camera)
            },
        ]
    }
}
