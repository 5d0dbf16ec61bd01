import CMosquitto
import Foundation
import Logging
import Synchronization
import VisageCore

/// Publishes the events of a daemon to a broker, until it is stopped. What it does, it does on the thread of `run`.
public final class Bridge: Sendable {
    private struct Orders {
        var isStopped = false
        var settings: BrokerSettings?
    }

    /// How a session ended.
    private enum Ending {
        case stopped
        case replaced(BrokerSettings)
    }

    private let logger: Logger
    private let tell: @Sendable (String) -> Void
    private let orders = Mutex(Orders())
    /// A pipe that is readable when there is an order.
    private let wakeReader: FileHandle
    private let wakeWriter: FileHandle

    /// - Parameter status: takes a line for the service manager.
    public init(logger: Logger, status: @escaping @Sendable (String) -> Void) {
        self.logger = logger
        tell = status
        let pipe = Pipe()
        (wakeReader, wakeWriter) = (pipe.fileHandleForReading, pipe.fileHandleForWriting)
        for end in [wakeReader, wakeWriter] { _ = fcntl(end.fileDescriptor, F_SETFL, O_NONBLOCK) }
        mosquitto_lib_init()
    }

    /// Lets `run` return soon. From any thread.
    public func stop() { order { $0.isStopped = true } }

    /// Lets `run` go on with other settings. From any thread.
    public func replace(_ settings: BrokerSettings) { order { $0.settings = settings } }

    private func order(_ change: (inout Orders) -> Void) {
        orders.withLock { change(&$0) }
        // A full pipe wakes it as well.
        _ = write(wakeWriter.fileDescriptor, "!", 1)
    }

    /// Publishes until `stop`. Blocks.
    /// - Throws: `VisageError` if the place cannot be kept.
    public func run(_ first: BrokerSettings) throws {
        var settings = first
        var file = try open(settings)
        var backoff = Backoff()
        var told = ""
        while true {
            do {
                let ending = try session(settings, file) {
                    if !told.isEmpty { logger.notice("Connected to the broker \(settings.name) again") }
                    told = ""
                    backoff = Backoff()
                }
                guard case .replaced(let new) = ending else { return }
                (settings, file) = try adopt(new, settings, file)
            } catch {
                if told != "\(error)" { logger.warning("\(error); trying again") }
                told = "\(error)"
                tell("no broker: \(error)")
                let needsPerson = (error as? VisageError)?.retry == .needsPerson
                wait(for: backoff.next(needsPerson: needsPerson))
                guard let ending = ending() else { continue }
                guard case .replaced(let new) = ending else { return }
                (settings, file) = try adopt(new, settings, file)
                backoff = Backoff()
            }
        }
    }

    /// Removes from the broker all that it retains for this program, and forgets it.
    /// - Throws: `VisageError`, as when the broker cannot be reached.
    public func clear(_ settings: BrokerSettings) throws {
        let file = try open(settings)
        let offline = Message(settings.topics.status, "offline", retained: true)
        let connection = try BrokerConnection(settings, will: offline)
        var outbox = Outbox(pause: Session.pause)
        outbox.remove(file.content.retained.union([settings.topics.status]))
        while !outbox.isDone {
            try wait(connection, [], 20)
            if connection.isUp { try outbox.send(at: .now, connection.publish) }
            _ = outbox.confirmed(connection.takeConfirmed())
        }
        connection.disconnect()
        try file.save(PlaceFile.Content(place: file.content.place, retained: []))
    }

    private func open(_ settings: BrokerSettings) throws -> PlaceFile {
        let file = try PlaceFile(in: settings.state)
        if let problem = file.problem { logger.error("\(problem)") }
        return file
    }

    /// The settings to go on with, and where their place is kept.
    private func adopt(
        _ new: BrokerSettings, _ old: BrokerSettings, _ file: PlaceFile
    ) throws -> (BrokerSettings, PlaceFile) {
        (new, new.state == old.state ? file : try open(new))
    }

    /// - Parameter accepted: called once the broker has accepted the connection.
    /// - Throws: `VisageError` when there is no connection, or none any more.
    private func session(
        _ settings: BrokerSettings, _ file: PlaceFile, _ accepted: () -> Void
    ) throws -> Ending {
        let will = Message(settings.topics.status, "offline", retained: true)
        let connection = try BrokerConnection(settings, will: will)
        var session: Session?
        while true {
            if let ending = ending() {
                session?.finish { try self.wait(connection, [], 100) }
                return ending
            }
            if let session {
                try session.work()
                try wait(connection, session.descriptors, session.pollTimeout)
            } else if connection.isUp {
                logger.info("Connected to the broker \(settings.name)")
                accepted()
                tell("publishing to \(settings.name)")
                session = try Session(settings, connection, file, logger: logger)
            } else {
                try wait(connection, [], 20)
            }
        }
    }

    /// Waits until there is something to do, and does what concerns the connection.
    private func wait(_ connection: BrokerConnection, _ others: [Int32], _ milliseconds: Int32) throws {
        var places = ([connection.descriptor, wakeReader.fileDescriptor] + others).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // While keys are agreed upon it says all the time that it wants to write.
        if connection.isUp, connection.wantsToWrite { places[0].events |= Int16(POLLOUT) }
        poll(&places, nfds_t(places.count), milliseconds)
        try connection.work(isReadable: places[0].revents & ~Int16(POLLOUT) != 0)
    }

    /// Waits for an order.
    private func wait(for duration: Duration) {
        var place = pollfd(fd: wakeReader.fileDescriptor, events: Int16(POLLIN), revents: 0)
        poll(&place, 1, Int32(clamping: Int(duration.milliseconds.rounded(.up))))
    }

    /// What was ordered in the meantime.
    private func ending() -> Ending? {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = read(wakeReader.fileDescriptor, &bytes, bytes.count)
        return orders.withLock { orders in
            if orders.isStopped { return .stopped }
            defer { orders.settings = nil }
            return orders.settings.map { .replaced($0) }
        }
    }
}
