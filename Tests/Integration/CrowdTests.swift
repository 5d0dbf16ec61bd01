import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Nobody's manners reach the pipeline.
    @Suite struct CrowdTests {
        private let material: Material

        init() throws { material = try Material.get() }

        @Test(.enabled(if: Crowd.fits, Crowd.hint))
        func aThousandUnrulySubscribersChangeNothing() async throws {
            let (calm, disturbed) = (try ScratchFolder(), try ScratchFolder())
            // Without an end: on a busy machine it takes a while until all have come.
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            options.launcher = Crowd.narrowLimit
            let daemon = try await DaemonUnderTest.start(options, in: disturbed)
            let crowd = try await Crowd.gather(at: daemon)
            // More than the soft limit that it was started with.
            #expect(await eventually { Crowd.files(of: daemon) > 1_024 })
            let heard = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.count > heard + 9 })
            let enough = daemon.collector.logged.count
            // `stop` checks that the well-behaved subscriber has missed nothing.
            let told = try await daemon.stop()
            #expect(crowd.count > 1_000)

            (options.pace, options.launcher) = ("fast", [])
            let alone = try await DaemonUnderTest.start(options, in: calm)
            #expect(await eventually { alone.collector.logged.count >= enough })
            let undisturbed = try await alone.stop()
            #expect(try Array(told.prefix(enough)).difference(from: undisturbed.prefix(enough)) == nil)
        }
    }
}

/// Subscribers without manners.
struct Crowd {
    private let subscribers: [EventClient]
    var count: Int { subscribers.count }

    static let narrowLimit = ["bash", "-c", #"ulimit -Sn 1024; exec "$@""#, "visaged"]
    /// Whether this process and the daemon may open files enough.
    static let fits = FileLimit.raise() >= 4_096
    static let hint: Comment = "needs a hard limit of at least 4096 open files (ulimit -Hn)"

    /// How many files the daemon has open.
    static func files(of daemon: DaemonUnderTest) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.program.pid)/fd").count) ?? 0
    }

    /// Connects 1,300, of whom more than 1,000 stay for as long as the crowd is kept.
    static func gather(at daemon: DaemonUnderTest) async throws -> Crowd {
        let (events, frames) = (daemon.socket, daemon.frames)
        return try await onThread {
            // Watchers who never look; there is room for 32.
            var kept = try (0..<40).map { _ in try EventClient(connectingTo: frames) }
            for index in 0..<1_300 {
                let subscriber = try EventClient(connectingTo: events)
                if misbehave(subscriber, in: index % 8) { kept.append(subscriber) }
            }
            return Crowd(subscribers: kept)
        }.value
    }

    /// None of them reads. The daemon may hang up on any of them.
    /// - Returns: whether it stays.
    private static func misbehave(_ subscriber: EventClient, in way: Int) -> Bool {
        switch way {
        case 0: break
        case 1: try? subscriber.send(bytes: [UInt8](repeating: UInt8(ascii: "{"), count: 20_000))
        case 2: try? subscriber.send(bytes: Array("\n\n}{\0\u{FF}\r\n{\"since\":-1}\n[]\n".utf8))
        case 3: try? subscriber.send(EventRequest(since: 0, types: ["frame", "stats", "face.lost"]))
        case 4: for _ in 0..<50 { try? subscriber.send(EventRequest(since: 0)) }
        case 5: subscriber.finishSending()
        case 6: return false
        default:
            // Gone with the answer unread.
            try? subscriber.send(EventRequest(since: 0))
            return false
        }
        return true
    }
}

// Safe: the connections are held, not used.
extension Crowd: @unchecked Sendable {}
