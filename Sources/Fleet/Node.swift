import Foundation
import Logging
import Storage
import Synchronization
import VisageCore

/// Takes part in a fleet until it is stopped. Each of its parts has a thread and connections of its own: one that waits for
/// a broker holds up no other.
public final class Node: Sendable {
    private static let statusInterval: Int32 = 2000
    /// For parts that wait for a broker while it is stopped.
    private static let farewell = DispatchTimeInterval.seconds(4)

    /// `visage`, beside the program that runs.
    private static var program: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "visage")
            .path
    }

    private let logger: Logger
    private let tell: @Sendable (String) -> Void
    private let isStopped = Atomic<Bool>(false)
    /// Readable once it is stopped.
    private let wake = Pipe()
    private let shared = Shared()

    /// What parts tell of each other.
    package final class Shared: Sendable {
        let events = Mutex<EventPublisher.Report?>(nil)
        /// The checksum of the gallery in use, for the status.
        package let gallery = Mutex<String?>(nil)
    }

    /// - Parameter status: takes a line for the service manager.
    public init(logger: Logger, status: @escaping @Sendable (String) -> Void) {
        (self.logger, tell) = (logger, status)
    }

    /// Lets `run` return soon. From any thread.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        _ = write(wake.fileHandleForWriting.fileDescriptor, "!", 1)
    }

    /// Blocks until `stop`.
    /// - Throws: `VisageError` if something that no broker can help with is missing.
    public func run(_ settings: FleetSettings) throws {
        let identity = try settings.identity()
        let folder = try FleetFolder(settings.state)
        let board = StatusBoard()
        let viewer = try Viewer(settings, identity, board, version: Release.version, logger: logger)
        let publisher =
            settings.fleet.share.contains(.events)
            ? EventPublisher(settings, identity, folder, logger: logger) : nil
        let reporter = StatusReporter(settings, identity, board, logger: logger) { [shared] in
            (shared.events.withLock { $0 }, shared.gallery.withLock { $0 })
        }
        let state = try SharedState(settings, identity, program: Self.program, logger: logger)
        let group = DispatchGroup()
        start("viewer", group, Handover(viewer)) { $0.work(wake: $1) }
        start("status", group, Handover(reporter)) { $0.work(wake: $1) }
        start("shared", group, Handover(state)) { [shared] state, wake in
            state.work(wake: wake)
            let checksum = state.galleryChecksum
            shared.gallery.withLock { $0 = checksum }
        }
        if let publisher {
            start("events", group, Handover(publisher)) { [shared] publisher, wake in
                publisher.work(wake: wake)
                shared.events.withLock { $0 = publisher.reported }
            } finish: {
                $0.finish()
            }
        }
        while !isStopped.load(ordering: .acquiring) {
            tell(status(board))
            var place = pollfd(fd: wake.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&place, 1, Self.statusInterval)
        }
        _ = group.wait(timeout: .now() + Self.farewell)
        withExtendedLifetime(folder) {}
    }

    private func status(_ board: StatusBoard) -> String {
        let report = shared.events.withLock { $0 }
        if let problem = report?.problem { return problem }
        let lag = report?.newest.map { max(0, $0 - (report?.stored.seq ?? 0)) }
        return "\(board.count) machines" + (lag.map { $0 > 0 ? "; \($0) events to publish" : "" } ?? "")
    }

    /// Something that one thread has made and another uses from then on, alone.
    ///
    /// `@unchecked`: safe because the thread that made the part does not use it any more.
    private struct Handover<Part>: @unchecked Sendable {
        let part: Part
        init(_ part: Part) { self.part = part }
    }

    private func start<Part>(
        _ name: String, _ group: DispatchGroup, _ part: Handover<Part>,
        _ work: @escaping @Sendable (Part, Int32) -> Void, finish: @escaping @Sendable (Part) -> Void = { _ in }
    ) {
        group.enter()
        let thread = Thread { [self] in
            let wake = wake.fileHandleForReading.fileDescriptor
            while !isStopped.load(ordering: .acquiring) { work(part.part, wake) }
            finish(part.part)
            group.leave()
        }
        thread.name = "fleet \(name)"
        thread.start()
    }
}
