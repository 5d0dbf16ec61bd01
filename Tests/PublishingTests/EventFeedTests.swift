import Events
import Foundation
import Logging
import Publishing
import TestSupport
import Testing
import VisageCore

/// The feed at a real event socket with a real log.
@Suite struct EventFeedTests {
    private let folder: ScratchFolder
    private let logger = Logger(label: "test")

    init() throws { folder = try ScratchFolder() }

    private var socket: String { folder.file("events.sock").path }

    private func serve(
        _ limits: (inout EventServer.Limits) -> Void = { _ in }
    ) async throws -> (hub: EventHub, server: EventServer) {
        let log = try EventLog(at: folder.file("events.db").path, logger: logger)
        let hub = EventHub(log: log, version: "1", cameras: ["door"], logger: logger)
        var settings = EventServer.Limits()
        settings.requestWait = .seconds(60)
        limits(&settings)
        return (hub, try await EventServer.start(at: socket, hub: hub, limits: settings, logger: logger))
    }

    private func end(_ served: (hub: EventHub, server: EventServer)) async {
        served.hub.flush()
        await served.server.shutdown()
        served.hub.close()
    }

    private func publish(_ count: Int, at hub: EventHub) {
        for _ in 0..<count { hub.publish(.sample(.appeared)) }
        hub.flush()
    }

    /// What comes until `isLast`.
    private func read(_ feed: EventFeed, until isLast: (EventFeed.Item) -> Bool) async -> [EventFeed.Item] {
        var items: [EventFeed.Item] = []
        _ = await eventually {
            while let item = feed.next() {
                items.append(item)
                if isLast(item) { return true }
            }
            return false
        }
        return items
    }

    @Test func followsOverRestarts() async throws {
        var served = try await serve()
        publish(3, at: served.hub)
        let feed = EventFeed(socket: socket, after: 0, epoch: served.hub.log.epoch)
        var items = await read(feed) { $0.seq == 3 }
        #expect(items.compactMap(\.seq) == [1, 2, 3])
        await end(served)
        items = await read(feed) { if case .ended = $0 { true } else { false } }
        #expect(items.count == 1)
        served = try await serve()
        publish(2, at: served.hub)
        items = await read(feed) { $0.seq == 5 }
        #expect(items.compactMap(\.seq) == [4, 5] && !items.contains { $0.isLoss })
        await end(served)
    }

    @Test func withoutAPlaceItBeginsWithThePresent() async throws {
        let served = try await serve { $0.requestWait = .milliseconds(200) }
        publish(3, at: served.hub)
        let feed = EventFeed(socket: socket, after: nil, epoch: nil)
        _ = await read(feed) { if case .hello = $0 { true } else { false } }
        publish(1, at: served.hub)
        let items = await read(feed) { $0.seq == 4 }
        #expect(items.compactMap(\.seq) == [4])
        await end(served)
    }

    @Test func saysWhatRetentionHasDeleted() async throws {
        var served = try await serve()
        publish(50, at: served.hub)
        // What is new is in memory, too.
        await end(served)
        served = try await serve()
        try served.hub.log.trim(now: Date().addingTimeInterval(40 * 86_400))
        publish(2, at: served.hub)
        let feed = EventFeed(socket: socket, after: 10, epoch: served.hub.log.epoch)
        let items = await read(feed) { $0.seq == 52 }
        #expect(items.compactMap(\.seq) == [51, 52])
        guard case .lost(let count, let upTo, _, _) = items.first(where: \.isLoss) else {
            Issue.record("nothing was lost: \(items)")
            return
        }
        #expect(count == 40 && upTo == 50)
        await end(served)
    }

    /// A feed that is not read for long gets a gap, asks again, and has all of them in order.
    @Test func asksAgainForWhatItWasTooSlowFor() async throws {
        let served = try await serve {
            $0.events = 16
            $0.bytes = 16_384
        }
        let feed = EventFeed(socket: socket, after: 0, epoch: served.hub.log.epoch)
        _ = await read(feed) { if case .hello = $0 { true } else { false } }
        let count = 5_000
        for _ in 0..<50 { publish(count / 50, at: served.hub) }
        let items = await read(feed) { $0.seq == Int64(count) }
        #expect(items.compactMap(\.seq) == Array(1...Int64(count)) && !items.contains { $0.isLoss })
        await end(served)
    }

    @Test func aPlaceInAnotherNumberingStartsFromTheBeginning() async throws {
        let served = try await serve()
        publish(3, at: served.hub)
        let feed = EventFeed(socket: socket, after: 900, epoch: "another")
        let items = await read(feed) { $0.seq == 3 }
        #expect(items.compactMap(\.seq) == [1, 2, 3])
        await end(served)
    }
}

extension EventFeed.Item {
    fileprivate var seq: Int64? {
        if case .event(_, _, let seq, _) = self { seq } else { nil }
    }

    fileprivate var isLoss: Bool {
        if case .lost = self { true } else { false }
    }
}
