import Events
import Foundation
import Logging
import VisageCore

/// Says how this machine is, and hears how the others are. For one thread.
final class StatusReporter {
    private static let interval = Duration.seconds(10)
    /// A change is told sooner.
    private static let shortest = Duration.seconds(1)
    /// In milliseconds.
    private static let pause: Int32 = 250
    private static let listInterval = Duration.seconds(60)

    private let settings: FleetSettings
    private let board: StatusBoard
    private let logger: Logger
    private let line: FleetLine
    private let daemon: StatusRequest
    private let describe: () -> (events: EventPublisher.Report?, gallery: String?)
    private var consumer: OrderedConsumer?
    private var connection: FleetConnection?
    private var last: MachineStatus?
    private var cameras: [MachineStatus.Camera] = []
    private var heard = MonotonicTime(nanoseconds: 0)
    private var nextPut = MonotonicTime.now
    private var earliestPut = MonotonicTime.now
    private var nextList = MonotonicTime.now
    private var version = 0

    /// - Parameter describe: what else there is to say.
    init(
        _ settings: FleetSettings, _ identity: FleetIdentity, _ board: StatusBoard, logger: Logger,
        describe: @escaping () -> (events: EventPublisher.Report?, gallery: String?)
    ) {
        (self.settings, self.board, self.logger, self.describe) = (settings, board, logger, describe)
        line = FleetLine(settings.servers, identity, .state, logger: logger)
        daemon = StatusRequest(socket: settings.events)
    }

    /// Does what can be done, and waits a moment for more.
    func work(wake: Int32) {
        guard let connection = line.current() else {
            (consumer, self.connection) = (nil, nil)
            board.report(line.problem.map { "\($0)" })
            board.isCurrent = false
            var place = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
            poll(&place, 1, Int32(clamping: Int(line.pause.milliseconds.rounded(.up))))
            return
        }
        do {
            if self.connection !== connection {
                consumer = nil
                self.connection = connection
                (nextPut, nextList) = (.now, .now)
            }
            try tell(connection)
            try readList(connection)
            try listen(connection, wake)
            line.succeeded()
            board.report(nil)
        } catch {
            board.report("\(error)")
            line.drop("\(error)")
        }
    }

    /// Reads what the others say, while somebody wants to know it: if all machines did, each message would go out a
    /// thousand times in a fleet of thousand.
    private func listen(_ connection: FleetConnection, _ wake: Int32) throws {
        guard board.isWanted else {
            (consumer, board.isCurrent) = (nil, false)
            var place = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
            poll(&place, 1, Self.pause)
            return
        }
        let reading: OrderedConsumer
        if let consumer {
            reading = consumer
        } else {
            reading = try OrderedConsumer(
                connection, stream: FleetStream.status.name, filter: FleetStream.status.subjects.first,
                from: .newestOfEachSubject)
            consumer = reading
        }
        while let item = try reading.next(timeout: .milliseconds(500)) {
            take(item.message)
            board.isCurrent = reading.isCurrent
            if MonotonicTime.now >= nextPut { break }
        }
        board.isCurrent = reading.isCurrent
    }

    private func take(_ message: FleetMessage) {
        guard let name = message.subject.split(separator: ".").last.map(String.init),
            let status = MachineStatus.read(message.payload, of: name)
        else { return }
        board.put(status)
    }

    /// Which machines there are.
    private func readList(_ connection: FleetConnection) throws {
        guard MonotonicTime.now >= nextList else { return }
        nextList = .now + Self.listInterval
        guard let message = try connection.newest("machines", in: FleetStream.machines.name),
            let list = MachineList.read(message, editors: settings.fleet.editors), list.version >= version
        else { return }
        version = list.version
        board.enroll(list)
    }

    private func tell(_ connection: FleetConnection) throws {
        if let (status, _) = daemon.take() {
            heard = .now
            cameras = status.cameras.map { .init(camera: $0.camera, isUp: $0.isUp, fps: ($0.fps * 10).rounded() / 10) }
        }
        let (events, gallery) = describe()
        var status = MachineStatus(
            machine: settings.machine, number: settings.fleet.number, time: "", version: Release.version)
        // The daemon is asked every twenty seconds.
        let isUp = events?.isDaemonUp ?? (MonotonicTime.now - heard < .seconds(45))
        if isUp, last?.daemon == nil { daemon.hurry() }
        status.daemon = isUp ? events?.version ?? "" : nil
        status.cameras = isUp ? cameras : []
        status.events = events.map {
            .init(newest: $0.newest, published: $0.stored.seq, position: $0.stored.sequence, problem: $0.problem)
        }
        (status.gallery, status.share) = (gallery, settings.fleet.share.map(\.rawValue))
        let now = MonotonicTime.now
        guard now >= nextPut || (Self.isNews(status, last) && now >= earliestPut) else { return }
        last = status
        (nextPut, earliestPut) = (now + Self.interval, now + Self.shortest)
        status.time = Event.format(Date())
        try connection.put("status.\(settings.machine)", try status.encoded())
    }

    /// Numbers that move all the time are told with the next regular message.
    private static func isNews(_ status: MachineStatus, _ last: MachineStatus?) -> Bool {
        guard let last else { return true }
        return status.daemon != last.daemon || status.gallery != last.gallery
            || status.events?.problem != last.events?.problem
            || status.cameras.map(\.isUp) != last.cameras.map(\.isUp)
    }
}
