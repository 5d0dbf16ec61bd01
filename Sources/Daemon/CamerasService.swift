import Pipeline
import ServiceLifecycle

/// Runs the cameras until all have ended; a graceful shutdown asks them to.
struct CamerasService: Service {
    let pipelines: [CameraPipeline]

    func run() async {
        await withGracefulShutdownHandler {
            for pipeline in pipelines { pipeline.start() }
            for pipeline in pipelines {
                await withCheckedContinuation { continuation in pipeline.whenEnded { continuation.resume() } }
            }
        } onGracefulShutdown: {
            for pipeline in pipelines { pipeline.stop() }
        }
    }
}
