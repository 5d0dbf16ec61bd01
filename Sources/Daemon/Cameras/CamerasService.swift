import ServiceLifecycle

/// Runs the cameras until all have ended; a graceful shutdown asks them to.
struct CamerasService: Service {
    let cameras: CameraSet

    func run() async {
        await withGracefulShutdownHandler {
            cameras.start()
            await cameras.wait()
        } onGracefulShutdown: {
            cameras.stop()
        }
    }
}
