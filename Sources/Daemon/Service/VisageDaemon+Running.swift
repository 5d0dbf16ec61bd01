import Dispatch
import Events
import Publishing
import ServiceLifecycle
import VisageConfiguration
import VisageCore

extension VisageDaemon {
    /// Serves until SIGTERM or SIGINT comes or every camera has ended. Then recordings are completed, the end of every
    /// track is published, and subscribers get a moment to read it.
    /// - Parameters:
    ///   - signals: made earlier than this is called, so that a signal in between counts; nil: from now on.
    ///   - reload: what SIGHUP does; nil: nothing.
    /// - Throws: `VisageError`, also when a source failed or ended before its time.
    public func run(until signals: StopSignals? = nil, reload: ReloadSignals? = nil) async throws {
        let signals = if let signals { signals } else { await StopSignals() }
        // The event socket is the last one, so that a client that finds it finds the others too.
        try await cameras.open()
        let server: EventServer
        do {
            server = try await serveEvents()
        } catch {
            await cameras.close()
            throw error
        }
        // Before any service runs: a reload must find all cameras started.
        cameras.start()
        let result: Result<Void, any Error>
        do {
            try await services(until: signals, reload: reload).run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        manager.stopping()
        await cameras.close()
        unknowns.close()
        hub.flush()
        await server.shutdown()
        hub.close()
        try result.get()
        for camera in cameras.cameras { if let failure = camera.failure { throw failure } }
    }

    /// Applies another configuration while the daemon runs.
    /// - Throws: `VisageError` if it cannot be used; then nothing has changed.
    func apply(_ new: Configuration) async throws {
        let plans = CameraPlan.all(new)
        for path in plans.flatMap(\.sockets) { _ = try UnixAddress(path) }
        // Everything that can fail comes before the first change.
        let change = try await DispatchQueue.global().runBlocking { [cameras] in try cameras.prepare(plans) }
        try await shared.gallery.load(new.gallery)
        await cameras.apply(change)
        ServiceLog.setLevel(new.log.level)
        let old = configuration.withLock { configuration in
            defer { configuration = new }
            return configuration
        }
        for key in new.keysThatNeedRestart(changedFrom: old) {
            logger.warning("`\(key)` has changed; that takes effect when the daemon is restarted")
        }
    }

    private func serveEvents() async throws -> EventServer {
        let (path, inherited) = (configuration.withLock { $0.events.socket }, manager.socket(named: "events"))
        let server = try await EventServer.start(at: path, inherited: inherited, hub: hub, logger: logger)
        // Clients that have waited at the inherited socket since before the start get every event: they are let in
        // before the first one.
        if inherited != nil { try? await Task.sleep(for: EventServer.Limits().requestWait * 2) }
        return server
    }

    private func services(until signals: StopSignals, reload: ReloadSignals?) -> ServiceGroup {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: StatisticsService(board: statistics, hub: hub)),
            .init(
                service: WatchdogService(
                    manager: manager, cameras: cameras, gallery: shared.gallery, hub: hub, logger: logger)),
            .init(
                service: StatusLineService(
                    manager: manager, cameras: cameras, hub: hub, gallery: shared.gallery, disks: disks)),
            .init(service: UpkeepService(daemon: self)),
            .init(service: GalleryRefreshService(gallery: shared.gallery)),
            // When the last camera has ended there is nothing left to serve.
            .init(service: CamerasService(cameras: cameras), successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: StopService(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if let reload {
            services.append(
                .init(service: ReloadService(reload: reload, manager: manager, daemon: self, logger: logger)))
        }
        let (count, socket) = (cameras.cameras.count, configuration.withLock { $0.events.socket })
        logger.notice(
            "visaged \(Self.version) runs: \(count) camera\(count == 1 ? "" : "s"), events on \(socket)")
        manager.ready()
        return ServiceGroup(configuration: .init(services: services, logger: logger))
    }
}
