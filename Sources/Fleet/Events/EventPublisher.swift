import Events
import Foundation
import Logging
import Synchronization
import VisageCore

/// Brings the daemon's event log into the machine's stream, each event once and in order. For one thread.
final class EventPublisher {
    /// What the others are told of it.
    struct Report: Sendable, Equatable {
        var stored = StreamPlace()
        /// The newest number of the daemon; nil: not known yet.
        var newest: Int64?
        var isDaemonUp = false
        var version: String?
        var problem: String?
    }

    /// Events that are read before the broker's answers are looked at again.
    private static let batch = 64
    private static let saveInterval = Duration.seconds(1)
    private static let hintInterval = Duration.milliseconds(50)
    /// A second look at a log that does not belong to the stream.
    private static let conflictInterval = Duration.seconds(60)

    private let settings: FleetSettings
    private let folder: FleetFolder
    private let line: FleetLine
    private let logger: Logger
    private let report: Mutex<Report>
    private let stream: String
    private let subject: String
    private var session: Session?
    private var backoff = FleetBackoff()
    private var nextAttempt = MonotonicTime.now
    private var nextSave = MonotonicTime.now
    private var nextHint = MonotonicTime.now
    private var hinted: UInt64 = 0
    private var told = ""
    private let decoder = JSONDecoder()

    /// From the moment that the place is known to the first failure.
    private struct Session {
        let requests: FleetRequests
        let feed: EventFeed
        var publishing: StreamPublishing
        /// The last event of the stream, until the first event of a log that the stream does not know was compared with it.
        var lastEvent: Event?
        var epoch: String?
        var hasMore = false
    }

    init(_ settings: FleetSettings, _ identity: FleetIdentity, _ folder: FleetFolder, logger: Logger) {
        (self.settings, self.folder, self.logger) = (settings, folder, logger)
        line = FleetLine(settings.servers, identity, .events, logger: logger)
        stream = FleetStream.eventStream(of: settings.machine)
        subject = FleetStream.eventSubject(of: settings.machine)
        report = Mutex(Report())
    }

    /// From any thread.
    var reported: Report { report.withLock { $0 } }

    /// Does what can be done, and waits for more.
    /// - Parameter wake: readable when somebody wants the thread to return.
    func work(wake: Int32) {
        guard let connection = line.current() else {
            session = nil
            tell(line.problem.map { "\($0)" })
            return wait([wake], line.pause)
        }
        guard MonotonicTime.now >= nextAttempt else { return wait([wake], nextAttempt - .now) }
        do {
            if session?.requests.connection !== connection { session = try begin(connection) }
            try proceed()
        } catch {
            fail("\(error)", needsPerson: (error as? VisageError)?.retry == .needsPerson)
        }
        guard let session else { return wait([wake], min(nextAttempt - .now, .seconds(1))) }
        let pause: Duration =
            session.hasMore ? .zero : session.publishing.isIdle ? .milliseconds(250) : .milliseconds(50)
        var places = [wake, session.requests.descriptor]
        if session.publishing.hasRoom, let feed = session.feed.descriptor { places.append(feed) }
        wait(places, pause)
    }

    /// Writes the place down. What is under way may be stored: the stream says so at the next start.
    func finish() {
        session = nil
        save(reported.stored, force: true)
    }

    // MARK: Where the stream ends

    private func begin(_ connection: FleetConnection) throws -> Session {
        guard let state = try connection.streamInfo(stream)?.state else {
            throw VisageError(
                .source,
                "The brokers have no stream for \(settings.machine): run `visage-fleet streams` where it was enrolled",
                retry: .needsPerson)
        }
        var place = StreamPlace()
        var line: String?
        if state.last > 0 {
            let message = try last(state, connection)
            place = message.flatMap { StreamPlace($0, sequence: state.last) } ?? kept(state.last)
            line = message.map { String(decoding: $0.payload, as: UTF8.self) }
        }
        let lastEvent = line.flatMap { try? decoder.decode(Event.self, from: Data($0.utf8)) }
        let isGap = lastEvent?.type == .gap
        let (seq, epoch) = try match(place, isGap ? nil : line)
        report.withLock { $0.stored = place }
        logger.info("Events follow number \(place.seq) in the stream \(stream) (\(place.sequence))")
        return Session(
            requests: try FleetRequests(connection),
            feed: EventFeed(socket: settings.events, after: seq, epoch: epoch),
            publishing: StreamPublishing(at: place), lastEvent: isGap ? nil : lastEvent)
    }

    /// The last message; nil if it was too old to be kept.
    private func last(_ state: JetStream.StreamInfo.State, _ connection: FleetConnection) throws -> FleetMessage? {
        guard state.messages > 0 else { return nil }
        if let message = try connection.message(state.last, in: stream) { return message }
        throw VisageError(.source, "The brokers do not agree on the stream \(stream) yet")
    }

    private func kept(_ last: UInt64) -> StreamPlace {
        guard var place = folder.place() else {
            logger.warning("All events of the stream \(stream) were too old: it goes on with all that the log has")
            return StreamPlace(sequence: last)
        }
        place.sequence = last
        return place
    }

    private func match(_ place: StreamPlace, _ line: String?) throws -> (Int64, String?) {
        guard place.sequence > 0, place.seq > 0 else { return (0, nil) }
        let evidence: LogMatch.Evidence
        do {
            evidence = try LogMatch.evidence(socket: settings.events, at: place.seq)
        } catch {
            report.withLock { $0.isDaemonUp = false }
            throw error
        }
        switch LogMatch.judge(place, line: line, evidence) {
        case .follow(let seq, let epoch): return (seq, epoch)
        case .conflict(let problem): throw VisageError(.source, problem, retry: .needsPerson)
        }
    }

    // MARK: From there on

    private func proceed() throws {
        guard var session else { return }
        self.session = nil
        for answer in session.requests.take() {
            let receipt = JetStream.receipt(answer.message)
            let problem = answer.message.isUnheard ? "no leader" : receipt?.error?.description
            session.publishing.answered(
                id: answer.id, sequence: receipt?.error == nil ? receipt?.seq : nil, problem: problem)
        }
        session.publishing.expire(now: .now)
        if session.publishing.stored != reported.stored {
            line.succeeded()
            backoff = FleetBackoff()
            tell(nil)
        }
        let stored = session.publishing.stored
        report.withLock { $0.stored = stored }
        hint(session)
        save(stored, force: false)
        if let failure = session.publishing.failure {
            // What is under way is waited for: the stream's end has to be known before anything more is sent.
            if session.publishing.isIdle {
                throw VisageError(.source, "The stream \(stream) did not take an event", cause: failure)
            }
            self.session = session
            return
        }
        try read(&session)
        self.session = session
    }

    private func read(_ session: inout Session) throws {
        session.hasMore = false
        var count = 0
        while session.publishing.hasRoom, let item = session.feed.next() {
            switch item {
            case .hello(let hello, _):
                session.epoch = hello.epoch
                report.withLock { ($0.newest, $0.isDaemonUp, $0.version) = (hello.newest, true, hello.version) }
            case .event(let line, let event, let seq, let epoch):
                guard let seq else { continue }
                if let last = session.lastEvent, let event {
                    session.lastEvent = nil
                    guard
                        LogMatch.mayBegin(event, after: last) || epoch == session.publishing.sent.epoch
                            || seq > session.publishing.sent.seq
                    else {
                        throw VisageError(
                            .source,
                            """
                            The log of visaged has events of \(event.time) that the stream may have already, which ends at \
                            \(last.time): the log was restored from an older copy
                            """, retry: .needsPerson)
                    }
                }
                report.withLock { $0.newest = max(seq, $0.newest ?? 0) }
                try send(session.publishing.entry(line: line, seq: seq, epoch: epoch, now: Date()), &session)
            case .lost(let count, let upTo, let epoch, _):
                guard upTo > session.publishing.sent.seq || epoch != session.publishing.sent.epoch else { continue }
                try send(session.publishing.gap(count, upTo: upTo, epoch: epoch, now: Date()), &session)
            case .ended(let reason):
                report.withLock { $0.isDaemonUp = false }
                logger.debug("\(reason)")
                continue
            }
            count += 1
            if count >= Self.batch {
                session.hasMore = true
                return
            }
        }
    }

    private func send(_ entry: StreamEntry, _ session: inout Session) throws {
        let id = try session.requests.send(subject, Data(entry.line.utf8), headers: entry.headers)
        session.publishing.sent(entry, id: id, now: .now)
    }

    private func hint(_ session: Session) {
        let sequence = session.publishing.stored.sequence
        guard sequence > hinted, MonotonicTime.now >= nextHint else { return }
        nextHint = .now + Self.hintInterval
        hinted = sequence
        // Who follows asks by himself now and then, so that a lost one only costs time.
        try? session.requests.connection.publish(
            FleetStream.hintSubject(of: settings.machine), Data("\(sequence)".utf8))
    }

    private func save(_ place: StreamPlace, force: Bool) {
        guard force || MonotonicTime.now >= nextSave, place.sequence > 0 else { return }
        nextSave = .now + Self.saveInterval
        do {
            try folder.save(place)
        } catch {
            logger.debug("\(error)")
        }
    }

    private func fail(_ reason: String, needsPerson: Bool) {
        session = nil
        nextAttempt = .now + backoff.next(needsPerson: needsPerson)
        tell(reason)
    }

    /// Says what hinders, once.
    private func tell(_ problem: String?) {
        report.withLock { $0.problem = problem }
        guard let problem else {
            if !told.isEmpty { logger.notice("Events are published again") }
            told = ""
            return
        }
        guard told != problem else { return }
        // What the line says it has logged itself.
        if line.connection != nil { logger.warning("\(problem); trying again") }
        told = problem
    }

    private func wait(_ descriptors: [Int32], _ limit: Duration) {
        var places = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        poll(&places, nfds_t(places.count), Int32(clamping: Int(max(0, limit.milliseconds.rounded(.up)))))
    }
}
