import Events
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import VisageConfiguration
import VisageCore
import Visits
import Web

/// Visits at other machines of a fleet, from a socket that plays `visage-fleet`.
@Suite struct FleetVisitsTests {
    private let scratch: ScratchFolder
    private let store: VisitStore
    private let socket: FleetSocketUnderTest

    init() throws {
        scratch = try ScratchFolder()
        store = try VisitStore(at: scratch.file("visits.db").path, machine: "house")
        socket = try FleetSocketUnderTest(at: scratch.file("fleet.sock").path)
    }

    private func lines(
        _ track: Int, run: String = "run-1", camera: String = "door", name: String? = "Ada", minute: Int,
        isLost: Bool = true
    ) throws -> [String] {
        try SampleVisit.events(
            seq: Int64(1000 + track * 3), track: track, camera: camera, name: name,
            start: Date(timeIntervalSince1970: 1_772_357_400 + Double(minute) * 60), isLost: isLost
        ).map { event in
            var event = event
            event.run = run
            return try event.line()
        }
    }

    /// Runs the server, which follows the socket.
    private func following(_ work: () async throws -> Void) async throws {
        var settings = WebSettings()
        (settings.fleetSocket, settings.machine, settings.port) = (socket.path, "house", 0)
        (settings.visits, settings.passwords) = (scratch.file("visits.db").path, scratch.file("passwords").path)
        (settings.eventSocket, settings.frames, settings.recordings) = (scratch.file("none.sock").path, "", "")
        let logger = Logger(label: "test")
        let application = try WebServer(settings, logger: logger).application()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: application)], logger: logger))
        let running = Task { try await group.run() }
        do {
            try await work()
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }

    private func names(_ filter: VisitFilter = VisitFilter()) throws -> [String] {
        try store.visits(filter, limit: 100).map { "\($0.machine ?? "")/\($0.camera)/\($0.subject ?? "-")" }
    }

    private func position(_ machine: String) throws -> Int64 {
        try store.machinePlaces().places[machine]?.position ?? 0
    }

    @Test("Visits of two machines stand in order with those of this one; a restart goes on where it stopped")
    func order() async throws {
        let local = try SampleVisit.events(
            seq: 1, track: 1, name: "Cy", start: Date(timeIntervalSince1970: 1_772_357_400 + 90))
        #expect(try store.apply(local, upTo: .init(seq: 3, epoch: "a", generation: 0)))
        // The same run and track as here: of another machine, it is another visit.
        socket.add(try lines(1, name: "Ada", minute: 1), to: "barn")
        socket.add(try lines(1, name: "Bob", minute: 2), to: "gate")
        socket.add(try lines(1, name: "Own", minute: 3), to: "house")
        try await following {
            #expect(await eventually { (try? position("barn")) == 3 && (try? position("gate")) == 3 })
        }
        #expect(try names() == ["gate/door/Bob", "/door/Cy", "barn/door/Ada"])
        #expect(!socket.sent.contains { $0.hasPrefix("house") })

        socket.add(try lines(2, camera: "yard", name: nil, minute: 4), to: "barn")
        socket.hangUp()
        try await following { #expect(await eventually { (try? position("barn")) == 6 }) }
        #expect(socket.requests.last?["barn"] == 2 && socket.requests.last?["*"] == 0)
        // Each event once, but for the last one before the restart, which shows that the stream is still the same.
        #expect(socket.sent.filter { $0 == "barn 2" }.count == 1 && socket.sent.filter { $0 == "barn 4" }.count == 1)
        // That number is of this machine alone, unless the machine has one in the fleet.
        #expect(
            try names() == ["barn/yard/barn/unknown-1", "gate/door/Bob", "/door/Cy", "barn/door/Ada"])

        #expect(try names(VisitFilter(machine: "barn")) == ["barn/yard/barn/unknown-1", "barn/door/Ada"])
        #expect(try names(VisitFilter(machine: "barn", camera: "door")) == ["barn/door/Ada"])
        #expect(try names(VisitFilter(machine: "house")) == ["/door/Cy"])
        #expect(try names(VisitFilter(camera: "door")) == ["/door/Cy"])
        #expect(try names(VisitFilter(who: .person("Ada"), machine: "gate")).isEmpty)
        let newest = try #require(try store.visits(VisitFilter(machine: "barn"), limit: 1).first)
        let older = try store.visits(VisitFilter(machine: "barn"), after: VisitCursor(newest), limit: 1)
        #expect(older.first?.subject == "Ada")
        #expect(try store.visit(VisitFilter(machine: "barn"), newerThan: VisitCursor(older[0])) == newest)
        socket.end()
    }

    @Test("A socket that ends is followed again; retention, a stream begun anew, and a run that ended are followed")
    func changes() async throws {
        try await following {
            socket.add(try lines(1, minute: 1) + lines(2, minute: 2, isLost: false), to: "barn")
            #expect(await eventually { (try? position("barn")) == 5 })
            #expect(try store.visits(limit: 1).first?.isOver == false)
            // The daemon there was killed.
            socket.add(try lines(1, run: "run-2", minute: 3), to: "barn")
            socket.hangUp()
            #expect(await eventually { (try? position("barn")) == 8 })
            #expect(try store.visits(limit: 10).allSatisfy(\.isOver))
            // The daemon of this machine says nothing of faces elsewhere.
            try store.endVisits(exceptOf: "run-9", tracks: [])
            try store.trim(oldest: 1_000_000)
            #expect(try store.count() == 3)

            socket.trim("barn", oldest: 4)
            socket.hangUp()
            #expect(await eventually { (try? store.count()) == 2 })

            let others = try (0..<4).flatMap { try lines($0, run: "run-3", name: "Eve", minute: 10 + $0) }
            socket.trim("barn", oldest: 1)
            socket.replace("barn", with: others)
            socket.hangUp()
            #expect(await eventually { (try? names(VisitFilter(who: .person("Eve"))).count) == 4 })
            #expect(try names(VisitFilter(who: .person("Ada"))).isEmpty)
        }
        socket.end()
    }

    @Test("What no daemon would write is passed over")
    func hostileEvents() async throws {
        let good = try lines(1, minute: 1)
        let bad = [
            "{}", "{\"type\":1}", good[1].replacing("0.9", with: "1e300"), good[2].replacing("1900", with: "-5"),
            good[2].replacing("\"pts_ms\":2000", with: "\"pts_ms\":9223372036854775807"),
            good[0].replacing("\"door\"", with: "\"../door\""), good[0].replacing("2026-", with: "1026-"),
            good[1].replacing("Ada", with: String(repeating: "x", count: 5000)),
        ]
        socket.add(bad.map { $0.replacing("\"track\":1", with: "\"track\":7") } + good, to: "barn")
        socket.add(good, to: "../barn")
        try await following { #expect(await eventually { (try? names()) == ["barn/door/Ada"] }) }
        socket.end()
    }

    @Test("Who is forgotten is erased at other machines too, and does not come back with what they tell later")
    func forgetting() async throws {
        socket.add(try lines(1, minute: 1), to: "barn")
        try await following { #expect(await eventually { (try? position("barn")) == 3 }) }
        #expect(try store.contains(.person("Ada")))
        #expect(try store.forget(.person("Ada")) == 1)
        #expect(try names() == ["barn/door/forgotten"] && !store.contains(.person("Ada")))
        // From before, as of a machine that was away, and from after.
        socket.add(try lines(2, minute: 2), to: "barn")
        socket.add(
            try SampleVisit.events(seq: 9, track: 3, start: Date(timeIntervalSinceNow: 3600)).map { try $0.line() },
            to: "barn")
        try await following { #expect(await eventually { (try? position("barn")) == 9 }) }
        #expect(try names() == ["barn/door/Ada", "barn/door/forgotten", "barn/door/forgotten"])
        try store.clearMachines()
        #expect(try store.count() == 0 && store.cameras().isEmpty && store.machinePlaces().places.isEmpty)
        socket.end()
    }

    @Test("The page and the API tell machines apart, and offer no recording or picture of others")
    func pages() async throws {
        var fixture = try WebFixture()
        (fixture.settings.fleetSocket, fixture.settings.machine) = (socket.path, "house")
        let (visits, camera) = (fixture.visits, "\(fixture.settings.recordings)/door")
        try FileManager.default.createDirectory(atPath: camera, withIntermediateDirectories: true)
        // Of this machine, with the name that the other one has too.
        try Data("video".utf8).write(to: URL(filePath: "\(camera)/20260301T093000Z.mp4"))
        var events: [(machine: String, event: Event)] = []
        for event in try SampleVisit.events(seq: 1, track: 1) { events.append(("barn", event)) }
        #expect(
            try visits.apply(events, upTo: ["barn": .init(position: 3, mark: "")], generation: 0))
        try await fixture.test { client in
            let timeline = try await client.get("/timeline")
            #expect(timeline.text.contains("barn/door") && timeline.text.contains("<optgroup label=\"barn\">"))
            #expect(timeline.text.contains("name=\"machine\"") && !timeline.text.contains("picture.jpg"))
            let found = try await client.get("/timeline?machine=barn&camera=barn%2Fdoor")
            #expect(found.text.contains("data-visit"))
            for query in ["machine=house", "camera=door", "machine=gate&camera=barn%2Fdoor", "machine=gate"] {
                #expect(try await !client.get("/timeline?\(query)").text.contains("data-visit"), "\(query)")
            }
            let page = try await client.get("/visits/1")
            #expect(page.status == .ok && page.text.contains("on the machine barn"))
            #expect(!page.text.contains("<video") && !page.text.contains("data-correct"))
            let visit = try await client.get("/api/v1/visits?machine=barn").text
            #expect(visit.contains("\"machine\":\"barn\"") && !visit.contains("\"path\""))
            #expect(try await client.get("/api/v1/visits/1/picture.jpg").status == .noContent)
        }
        socket.end()
    }

    @Test("Without a fleet, the configuration names no socket")
    func configuration() {
        var configuration = Configuration()
        #expect(WebSettings(configuration).fleetSocket.isEmpty)
        (configuration.fleet.servers, configuration.fleet.machine) = (["tls://127.0.0.1:4222"], "house")
        let settings = WebSettings(configuration)
        #expect(settings.fleetSocket == configuration.fleet.socket && settings.machine == "house")
        socket.end()
    }
}
