import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import VisageCore
import Visits

/// The parts of the page, put together.
public struct WebServer: Sendable {
    private let settings: WebSettings
    private let logger: Logger
    private let handler: RequestHandler
    private let limits: ConnectionLimits
    private let services: [any Service]
    private let onListening: @Sendable (Int) -> Void
    /// Everything that is answered.
    public let routes: [Route]

    /// - Parameters:
    ///   - people: nil: there are no pages for people.
    ///   - features: makes what others add to the page, after the pages that are always there.
    ///   - onListening: hears the port once the server listens.
    /// - Throws: `VisageError`: configuration for an address that must not be listened on without a password and for a
    ///   password file that is none, unwritable for visits that cannot be kept.
    public init(
        _ settings: WebSettings, people: PeopleAdministration? = nil,
        features: @Sendable (Pages) -> [any Feature] = { _ in [] }, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
        let authentication = try Self.authentication(settings, logger)
        let visits = try VisitStore(at: settings.visits, machine: settings.machine)
        if settings.fleetSocket.isEmpty { try visits.clearMachines() }
        let feeds = CameraFeeds(folder: settings.frames)
        let live = LiveState(feeds: feeds)
        let metrics = MetricsBoard(withNames: settings.metricsWithNames)
        let status = StatusReader(socket: settings.eventSocket)
        let assets = Assets()
        let templates = try Templates.load()
        // The pages that make the navigation are in it.
        let bare = Pages(templates, navigation: [], assets: assets)
        let feed = LiveFeed(live, visits, bare)
        let streams = FrameStreams(feeds)
        let recordings = Recordings(folder: settings.recordings)
        let maker = people.map {
            VisitPictureMaker($0.command, visits: visits, recordings: recordings, folder: settings.recordings)
        }
        let ofPeople: @Sendable (Pages) -> [any Feature] = { pages in
            guard let people, let maker else { return [] }
            return PeopleFeatures.all(people, pages, maker, visits)
        }
        func own(_ pages: Pages) -> [any Feature] {
            [
                LivePage(pages: pages, live: live, feed: feed, visits: visits),
                TimelinePage(pages: pages, visits: visits),
                VisitPage(pages: pages, visits: visits, recordings: recordings),
            ] + ofPeople(pages) + features(pages) + [
                SystemPage(pages: pages, reader: status),
                FramesAPI(streams: streams), StatusAPI(reader: status, live: live), VisitsAPI(visits: visits),
                RecordingsAPI(recordings: recordings),
                MetricsAPI(
                    board: metrics, reader: status, visits: visits, feeds: feeds, feed: feed,
                    withNames: settings.metricsWithNames),
                DocumentAPI(),
            ]
        }
        let all = own(bare)
        let pages = Pages(templates, navigation: all.compactMap(\.navigation), assets: assets)
        let others: [any Feature] = [assets, LoginPage(pages: pages, authentication: authentication)]
        routes = (own(pages) + others).flatMap(\.routes)
        handler = RequestHandler(
            authentication: authentication, guardian: OriginGuard(settings), pages: pages,
            timeout: settings.requestTimeout, logger: logger)
        limits = ConnectionLimits(settings)
        services =
            [
                EventFollower(settings, visits: visits, live: live, metrics: metrics, logger: logger),
                StatusRefresh(
                    reader: status, live: live, authentication: authentication, visits: visits,
                    recordings: settings.recordings, logger: logger),
            ]
            + (settings.fleetSocket.isEmpty
                ? [] : [FleetFollower(settings, visits: visits, live: live, logger: logger)])
    }

    private static func authentication(_ settings: WebSettings, _ logger: Logger) throws -> Authentication {
        let authentication = try Authentication(settings, logger: logger)
        guard settings.isLoopback || authentication.hasPasswords else {
            throw VisageError(
                .configuration,
                "`web.address` is \(settings.address), which other machines reach, and there is no password: run "
                    + "`visage web-password NAME` first, or use 127.0.0.1")
        }
        return authentication
    }

    /// Looks whether the settings can be used.
    /// - Throws: `VisageError`, as `init`.
    public static func check(_ settings: WebSettings) throws {
        _ = try authentication(settings, Logger(label: "visage-web"))
        _ = try Templates.load()
    }

    /// Serves until SIGTERM or SIGINT.
    /// - Parameter onStopping: hears that one of these has come.
    /// - Throws: `VisageError` (inUse) if something else listens there.
    public func run(onStopping: @escaping @Sendable () -> Void = {}) async throws {
        do {
            var application = application()
            application.addServices(EndNotice(onStopping: onStopping))
            try await application.runService()
        } catch let error as IOError {
            throw VisageError(
                error.errnoCode == EADDRINUSE ? .inUse : .unwritable,
                "Cannot listen on \(settings.authority(port: settings.port)): change `web.address` or `web.port`",
                cause: String(cString: strerror(error.errnoCode)))
        }
    }

    /// Also for tests.
    package func application() -> Application<RouterResponder<WebContext>> {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders(pages: handler.pages))
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { [handler] request, context in
                await handler.respond(route, request, context)
            }
        }
        let limits = limits
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [limits.makeHandler()],
            idleTimeout: TimeAmount(settings.requestTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16_384, maxHeaderListSize: 65_536, maxHeaderFieldCount: 100))
        http.idleTimeout = TimeAmount(settings.requestTimeout)
        return Application(
            router: router, server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.address, port: settings.port), serverName: "visage-web"),
            services: services,
            onServerRunning: { [onListening] channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }
}
