import Foundation
import Logging
import VisageCore

/// Unknown people and galleries: what all machines have in common. Reads and writes over one connection of its own. For one
/// thread.
package final class SharedState {
    private static let lookInterval = Duration.seconds(1)
    private static let listInterval = Duration.seconds(10)
    /// Everything is read anew so often, whatever was missed.
    private static let reloadInterval = Duration.seconds(86_400)
    /// Messages that are taken in before other work goes on.
    private static let batch = 500

    /// What is read over one connection.
    private struct Readers {
        let connection: FleetConnection
        var removed: OrderedConsumer?
        var unknown: OrderedConsumer?
        var gallery: OrderedConsumer?
        var isCaughtUp = false
    }

    private let line: FleetLine
    private let unknown: UnknownExchange?
    private let galleries: GalleryExchange
    private let isSharing: Bool
    private let editors: [String]
    private let logger: Logger
    private var list: MachineList?
    private var readers: Readers?
    /// Of the last message of each stream that was taken in.
    private var places: [String: UInt64] = [:]
    private var nextLook = MonotonicTime(nanoseconds: 0)
    private var nextList = MonotonicTime(nanoseconds: 0)
    private var nextReload = MonotonicTime.now + SharedState.reloadInterval
    private var complained: String?

    /// - Parameter program: path of `visage`.
    /// - Throws: `VisageError` (unwritable).
    package init(
        _ settings: FleetSettings, _ identity: FleetIdentity, program: String, logger: Logger
    ) throws {
        let fleet = settings.fleet
        let isSharingUnknown = fleet.share.contains(.unknown) && fleet.number > 0
        if isSharingUnknown {
            unknown = try UnknownExchange(
                .init(
                    machine: settings.machine, number: fleet.number, folder: settings.configuration.unknownFolder,
                    rememberFor: .seconds(settings.configuration.unknown.rememberDays * 86_400)),
                key: identity.key, editors: fleet.editors, state: fleet.state, logger: logger)
        } else {
            unknown = nil
        }
        galleries = GalleryExchange(settings, key: identity.key, program: program, logger: logger)
        isSharing = isSharingUnknown || galleries.isShared
        editors = fleet.editors
        line = FleetLine(settings.servers, identity, .state, logger: logger)
        self.logger = logger
    }

    /// The checksum of the gallery in use.
    package var galleryChecksum: String? { galleries.checksum }

    /// Works for a while.
    /// - Parameter wake: readable when there is something more important.
    package func work(wake: Int32) {
        do {
            if MonotonicTime.now >= nextLook {
                nextLook = .now + Self.lookInterval
                try unknown?.look()
                galleries.look()
            }
            guard isSharing else { return pause(Self.lookInterval, wake) }
            guard let connection = line.current() else {
                readers = nil
                return pause(min(line.pause, Self.lookInterval), wake)
            }
            try step(connection)
            line.succeeded()
            complained = nil
        } catch {
            if complained != "\(error)" { logger.warning("\(error); trying again") }
            complained = "\(error)"
            readers = nil
            if (error as? VisageError)?.code == .source { line.drop("\(error)") }
            pause(.milliseconds(500), wake)
        }
    }

    private func pause(_ duration: Duration, _ wake: Int32) {
        var place = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        poll(&place, 1, Int32(clamping: Int(duration.milliseconds.rounded(.up))))
    }

    private func step(_ connection: FleetConnection) throws {
        try readList(connection)
        // Nothing can be believed before the list of machines is there; it is asked for again after a moment.
        guard list != nil else { return Thread.sleep(forTimeInterval: 0.2) }
        if MonotonicTime.now >= nextReload {
            nextReload = .now + Self.reloadInterval
            places = [:]
            self.readers = nil
        }
        var readers = try self.readers.flatMap { $0.connection === connection ? $0 : nil } ?? start(connection)
        // Who was removed while this machine was away is gone before it tells of anybody.
        if !readers.isCaughtUp, let removed = readers.removed {
            while !removed.isCurrent { try take(removed, .seconds(1), limit: Self.batch, in: FleetStream.removed) }
            readers.isCaughtUp = true
        }
        self.readers = readers
        try publish(connection)
        if let reader = readers.removed {
            try take(reader, .milliseconds(1), limit: Self.batch, in: FleetStream.removed)
        }
        if let reader = readers.gallery { try take(reader, .milliseconds(1), limit: 1, in: FleetStream.gallery) }
        if let reader = readers.unknown ?? readers.gallery {
            let stream = readers.unknown == nil ? FleetStream.gallery : FleetStream.unknown
            try take(reader, .milliseconds(200), limit: Self.batch, in: stream)
        }
        try unknown?.save()
        try galleries.takeOver(connection)
    }

    private func readList(_ connection: FleetConnection) throws {
        guard MonotonicTime.now >= nextList else { return }
        nextList = .now + (list == nil ? .seconds(1) : Self.listInterval)
        guard let message = try connection.newest("machines", in: FleetStream.machines.name),
            let new = MachineList.read(message, editors: editors), new.version > list?.version ?? -1
        else { return }
        list = new
        unknown?.set(new)
        galleries.set(new)
        // What machines have said of whom nothing was known yet was not believed.
        places = [:]
        readers = nil
    }

    private func start(_ connection: FleetConnection) throws -> Readers {
        func reader(_ stream: FleetStream, _ filter: String) throws -> OrderedConsumer {
            // A stream that was made anew counts from the beginning.
            let last = try connection.streamInfo(stream.name)?.state.last ?? 0
            let place = places[stream.name].flatMap { $0 <= last ? $0 : nil }
            return try OrderedConsumer(
                connection, stream: stream.name, filter: filter,
                from: place.map { .sequence($0 + 1) } ?? .newestOfEachSubject)
        }
        return Readers(
            connection: connection,
            removed: try unknown.map { _ in try reader(FleetStream.removed, "removed.>") },
            unknown: try unknown.map { _ in try reader(FleetStream.unknown, "unknown.>") },
            gallery: galleries.isShared ? try reader(FleetStream.gallery, GalleryExchange.pointer) : nil)
    }

    private func take(_ reader: OrderedConsumer, _ timeout: Duration, limit: Int, in stream: FleetStream) throws {
        var timeout = timeout
        for _ in 0..<limit {
            guard let item = try reader.next(timeout: timeout) else { return }
            switch stream.name {
            case FleetStream.removed.name: try unknown?.takeRemoval(item.message.subject, item.message.payload)
            case FleetStream.unknown.name: unknown?.take(item.message.subject, item.message.payload)
            default: galleries.take(item.message.payload)
            }
            places[stream.name] = item.sequence
            timeout = .milliseconds(1)
        }
    }

    private func publish(_ connection: FleetConnection) throws {
        if let unknown {
            let messages = try unknown.outgoing()
            var stored: [UnknownExchange.Outgoing] = []
            defer { try? unknown.stored(stored) }
            for message in messages {
                try connection.put(message.subject, message.payload)
                stored.append(message)
            }
        }
        try galleries.publish(connection)
    }
}
