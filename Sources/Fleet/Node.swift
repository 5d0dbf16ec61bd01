import Foundation
import Logging
import Storage
import Synchronization
import VisageCore

/// Takes part in a fleet until it is stopped.
public final class Node: Sendable {
    private let logger: Logger
    private let tell: @Sendable (String) -> Void
    private let isStopped = Atomic<Bool>(false)
    /// Readable once it is stopped.
    private let wake = Pipe()

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
        let publisher = EventPublisher(settings, identity, folder, logger: logger)
        while !isStopped.load(ordering: .acquiring) {
            publisher.work(wake: wake.fileHandleForReading.fileDescriptor)
        }
        publisher.finish()
    }
}
