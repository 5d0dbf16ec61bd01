import ServiceLifecycle

/// Loads the gallery again when its files have changed.
struct GalleryRefreshService: Service {
    private static let interval = Duration.seconds(2)

    let gallery: GalleryInForce

    func run() async throws {
        for await _ in AsyncTimer(every: Self.interval).cancelOnGracefulShutdown() { await gallery.refresh() }
    }
}
