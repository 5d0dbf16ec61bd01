import ServiceLifecycle

/// Tells that the server has been asked to stop, while it still ends what is under way.
struct EndNotice: Service {
    let onStopping: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        onStopping()
    }
}
