import Events
import Foundation
import Logging
import VisageCore

/// What is done from the moment the broker accepts a connection to its end. Everything that the broker has not confirmed
/// by then is read from the event socket again in the next session.
final class Session {
    /// For Home Assistant: measured were 0.3 s from a discovery message to the subscription.
    static let pause = Duration.seconds(1)
    /// A daemon that is away for no longer is being restarted.
    private static let absence = Duration.seconds(5)
    /// Events that are read before the broker's answers are looked at again.
    private static let batch = 64
    /// Between two writes of the place.
    private static let saveInterval = Duration.milliseconds(100)
    /// After the last event of a replay, should the daemon not say that it was the last.
    private static let silence = Duration.seconds(2)
    private static let farewell = Duration.seconds(2)

    private let settings: BrokerSettings
    private let connection: BrokerConnection
    private let file: PlaceFile
    private let logger: Logger
    private let feed: EventFeed
    private let status: StatusRequest
    private var interpreter: Interpreter
    private var outbox: Outbox
    private var pictures: VisitPictures

    /// The greeting up to whose `newest` events have to be read before the present is known.
    private var greeting: (hello: Event.Hello, run: String)?
    private var lastEvent = MonotonicTime.now
    /// Since when the daemon has been away.
    private var awaySince: MonotonicTime? = .now
    private var toldStatus = ""
    /// Discovery messages that this session has published, by topic.
    private var announced: [String: Message] = [:]
    /// What the broker retains for us once everything is confirmed; nil: nothing has changed.
    private var retained: Set<String>?
    /// Where the events have been confirmed up to, and when that was last written.
    private var reached: Place
    private var nextSave = MonotonicTime.now
    private var saveProblem = ""
    /// Whether reading was broken off although more may be there.
    private var hasMore = false

    init(_ settings: BrokerSettings, _ connection: BrokerConnection, _ file: PlaceFile, logger: Logger) throws {
        self.settings = settings
        self.connection = connection
        self.file = file
        self.logger = logger
        reached = file.content.place
        feed = EventFeed(socket: settings.socket, after: reached.seq, epoch: reached.epoch)
        status = StatusRequest(socket: settings.socket)
        interpreter = Interpreter(settings.topics, reached)
        outbox = Outbox(pause: Self.pause)
        pictures = VisitPictures(settings, logger: logger)
        if let discovery = settings.discovery { try connection.subscribe(to: "\(discovery)/status") }
    }

    /// What to wait at besides the connection.
    var descriptors: [Int32] {
        let reading = outbox.hasRoom ? [feed.descriptor, status.descriptor].compactMap { $0 } : []
        return reading + pictures.descriptors
    }

    /// How long to wait at most, in milliseconds.
    var pollTimeout: Int32 {
        if hasMore { return 0 }
        let now = MonotonicTime.now
        var deadline = now + .seconds(1)
        if let pause = outbox.deadline { deadline = min(deadline, pause) }
        if reached != file.content.place { deadline = min(deadline, nextSave) }
        if let due = pictures.deadline(after: now) { deadline = min(deadline, due) }
        if greeting != nil || feed.descriptor == nil { deadline = min(deadline, now + .milliseconds(250)) }
        return Int32(clamping: Int(max(0, (deadline - now).milliseconds.rounded(.up))))
    }

    /// Does what can be done without waiting.
    /// - Throws: `VisageError` when the connection is lost.
    func work() throws {
        try confirm()
        if connection.takeReceived().contains(where: { $0.payload == "online" }) { try welcome() }
        try readEvents()
        try readStatus()
        let taken = pictures.take(mayStart: interpreter.isCurrent || awaySince != nil)
        if !taken.isEmpty { outbox.add(taken) }
        try watchDaemon()
        try outbox.send(at: .now, connection.publish)
        save()
    }

    /// Tells the broker that this program ends, and waits a moment for what is on its way.
    func finish(_ wait: () throws -> Void) {
        outbox.clear()
        do {
            outbox.add([Message(settings.topics.status, "offline", retained: true)])
            let deadline = MonotonicTime.now + Self.farewell
            while !outbox.isDone, MonotonicTime.now < deadline {
                try outbox.send(at: .now, connection.publish)
                try confirm()
                if !outbox.isDone { try wait() }
            }
            connection.disconnect()
        } catch {
            logger.debug("The broker went first: \(error)")
        }
        nextSave = .now
        save()
    }

    // MARK: Events

    private func readEvents() throws {
        hasMore = false
        var count = 0
        while outbox.hasRoom, let item = feed.next() {
            try take(item)
            try outbox.send(at: .now, connection.publish)
            count += 1
            hasMore = count >= Self.batch
            if hasMore { break }
        }
        if let greeting, feed.descriptor != nil, outbox.isDone, MonotonicTime.now - lastEvent > Self.silence {
            try becomeCurrent(greeting.hello, greeting.run)
        }
    }

    private func take(_ item: EventFeed.Item) throws {
        lastEvent = .now
        switch item {
        case .hello(let hello, let run): try greet(hello, run)
        case .event(let line, let event, let seq, let epoch):
            if let greeting, let seq, seq > greeting.hello.newest, epoch == greeting.hello.epoch {
                try becomeCurrent(greeting.hello, greeting.run)
            }
            let outcome = try interpreter.handle(line, event, seq: seq, epoch: epoch, now: Date())
            try publish(outcome)
            if let greeting, let seq, seq == greeting.hello.newest, epoch == greeting.hello.epoch {
                try becomeCurrent(greeting.hello, greeting.run)
            }
        case .lost(let count, let upTo, let epoch, let line):
            logger.warning(
                "\(count) event\(count == 1 ? " is" : "s are") lost up to number \(upTo): the log does not have them any more"
            )
            interpreter.start(at: upTo, epoch: epoch)
            let gap = try line ?? Event(.gap(.init(dropped: count, since: upTo)), time: Date()).line()
            outbox.add([Message(settings.topics.events, gap)], reaching: interpreter.place)
        case .ended(let reason):
            if awaySince == nil { logger.notice("\(reason); waiting for visaged on \(settings.socket)") }
            awaySince = awaySince ?? .now
            interpreter.isCurrent = false
            greeting = nil
        }
    }

    private func greet(_ hello: Event.Hello, _ run: String) throws {
        if awaySince != nil { logger.notice("Following the events of visaged \(hello.version) on \(settings.socket)") }
        awaySince = nil
        let before = Set(interpreter.place.presence.cameras.keys)
        _ = interpreter.greet(hello)
        pictures.cleanSockets = Dictionary(
            (hello.feeds ?? []).compactMap { feed in feed.clean.map { (feed.camera, $0) } }, uniquingKeysWith: { $1 })
        if interpreter.place.seq == nil { interpreter.start(at: hello.newest, epoch: hello.epoch) }
        try announce()
        if before != Set(hello.cameras) { try publishPresent() }
        // A place that belongs to the same numbers tells whether anything is missing.
        if interpreter.place.epoch == hello.epoch, let seq = interpreter.place.seq, seq >= hello.newest {
            try becomeCurrent(hello, run)
        } else {
            greeting = (hello, run)
        }
    }

    /// All events up to the present have been taken.
    private func becomeCurrent(_ hello: Event.Hello, _ run: String) throws {
        greeting = nil
        try publish(interpreter.reconcile(hello.tracks, run: run, now: Date()))
        guard !interpreter.isCurrent else { return }
        interpreter.isCurrent = true
        // Says which cameras are up, which no event may have told.
        status.hurry()
        try publishPresent()
        tell("online")
    }

    private func publish(_ outcome: Interpreter.Outcome) throws {
        if outcome.hasNewPerson { try announce() }
        if !outcome.messages.isEmpty { outbox.add(outcome.messages, reaching: interpreter.place) }
        for camera in outcome.pictures { pictures.request(of: camera) }
        for view in outcome.bestViews { pictures.request(view) }
    }

    private func publishPresent() throws {
        guard interpreter.isCurrent else { return }
        outbox.add(try interpreter.present(), reaching: interpreter.place)
    }

    // MARK: The daemon

    private func readStatus() throws {
        guard outbox.hasRoom, awaySince == nil, interpreter.isCurrent, let (found, time) = status.take() else { return }
        if interpreter.keep(found.cameras.map(\.camera)) {
            try announce()
            try publishPresent()
        }
        // An event that came in the meantime knows better.
        let older = found.cameras.filter { interpreter.place.presence.cameras[$0.camera]?.changed ?? "" < time }
        try publish(interpreter.reconcile(older))
    }

    private func watchDaemon() throws {
        guard let since = awaySince, MonotonicTime.now - since > Self.absence, toldStatus != "offline" else { return }
        // What there is can be told without it.
        try announce()
        tell("offline")
    }

    private func tell(_ text: String) {
        guard toldStatus != text else { return }
        toldStatus = text
        outbox.add([Message(settings.topics.status, text, retained: true)])
    }

    // MARK: Discovery

    /// Home Assistant has started: it may not have what was retained.
    private func welcome() throws {
        logger.info("Home Assistant has started: telling it again what there is")
        announced = [:]
        try announce()
        try publishPresent()
        if !toldStatus.isEmpty { outbox.add([Message(settings.topics.status, toldStatus, retained: true)]) }
    }

    /// Publishes the discovery messages that are new or have changed, and clears what is retained and has no place any
    /// more.
    private func announce() throws {
        let cameras = Array(interpreter.place.presence.cameras.keys)
        var messages: [Message] = []
        if let prefix = settings.discovery {
            let people = interpreter.people(gallery: GalleryNames(folder: settings.gallery).read(), now: Date())
            messages = try Discovery(
                topics: settings.topics, prefix: prefix, version: interpreter.place.version ?? ""
            ).messages(cameras: cameras, people: people, hasPicture: settings.picture != .none)
        }
        var wanted = Set(messages.map(\.topic)).union(cameras.map(settings.topics.present))
        wanted.insert(settings.topics.status)
        if settings.picture != .none { wanted.formUnion(cameras.map(settings.topics.picture)) }
        let known = (retained ?? []).union(file.content.retained)
        record(reached, known.union(wanted))
        let leftovers = known.subtracting(wanted)
        retained = wanted
        for topic in leftovers { announced[topic] = nil }
        outbox.remove(leftovers)
        let news = messages.filter { announced[$0.topic] != $0 }
        for message in news {
            announced[message.topic] = message
            outbox.add([message])
        }
        if !news.isEmpty { outbox.add([], waits: true) }
    }

    // MARK: The place

    private func confirm() throws {
        if let place = outbox.confirmed(connection.takeConfirmed()) { reached = place }
    }

    /// Writes the place, if that has changed and it is time to.
    private func save() {
        guard MonotonicTime.now >= nextSave else { return }
        let topics = outbox.isDone ? retained ?? file.content.retained : file.content.retained
        guard reached != file.content.place || topics != file.content.retained else { return }
        nextSave = .now + Self.saveInterval
        record(reached, topics)
    }

    /// What cannot be written now is tried again later.
    private func record(_ place: Place, _ retained: Set<String>) {
        do {
            try file.save(PlaceFile.Content(place: place, retained: retained))
            if !saveProblem.isEmpty { logger.notice("The place in the events is kept again") }
            saveProblem = ""
        } catch {
            nextSave = .now + .seconds(1)
            guard saveProblem != "\(error)" else { return }
            saveProblem = "\(error)"
            logger.error(
                "The place in the events cannot be kept; after a restart events will be published again: \(error)")
        }
    }
}
