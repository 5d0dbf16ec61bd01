import ServiceLifecycle

/// Ends when all cameras have ended. A graceful shutdown stops them.
struct CamerasService: Service {
    let cameras: CameraSet

    func run() async {
        await withGracefulShutdownHandler {
            await cameras.wait()
        } onGracefulShutdown: {
            cameras.stop()
        }
    }
}
