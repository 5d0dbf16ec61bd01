import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// A daemon whose disk refuses calls, one after the other, while it starts and while it runs: Tests/Faults/faults.c. What
/// it has told is held against what can be read at the end.
final class DaemonFaults {
    private var told = ToldEvents()
    private let folder: ScratchFolder
    private let faults: FaultSwitch
    private var options: DaemonUnderTest.Options
    private var disk: String { folder.file("disk").path }
    /// Calls that have failed.
    private(set) var hits = 0
    /// Starts that a failing call prevented, and what they said.
    private(set) var refusals: [String] = []

    init(_ material: Material) throws {
        folder = try ScratchFolder()
        faults = try FaultSwitch(in: folder)
        options = .endless(material)
        (options.state, options.recordings) = ("disk/state", "disk/recordings")
        // Many events, and little work for each.
        options.more += ["detection: {input: 320}"]
        options.launcher = faults.launcher
    }

    /// Lets the `at`-th call of a start fail. The daemon comes up, or says in one line why it does not; the next start
    /// succeeds.
    func start(failing at: Int, with code: Int32) async throws {
        try faults.arm(disk, at: at, code: code)
        let file = folder.file("visaged.yaml")
        try Data(options.configuration.utf8).write(to: file)
        let words = options.launcher + [Programs.visaged, "--config", file.path]
        let program = try Program(words[0], Array(words.dropFirst()))
        let what = "start, call \(at), \(String(cString: strerror(code)))"
        var collector: EventCollector?
        #expect(
            await eventually {
                collector = try? EventCollector(
                    socket: folder.file("events.sock").path, told.request)
                return collector != nil || program.hasEnded
            }, "\(what)")
        hits += faults.hits > 0 ? 1 : 0
        guard let collector else {
            let outcome = try await program.wait()
            let reasons = outcome.complaints.filter { $0.hasPrefix("visaged: ") }
            #expect(outcome.exitCode == 1 && reasons.count == 1, "\(what): \(outcome)")
            refusals += reasons.map { "\(what): \($0)" }
            return try faults.disarm()
        }
        #expect(await eventually { collector.logged.count >= 2 || program.hasEnded }, "\(what): no events")
        try faults.disarm()
        program.signal(at % 2 == 0 ? SIGKILL : SIGTERM)
        let outcome = try await program.wait()
        #expect(at % 2 == 0 || outcome.exitCode == 0, "\(what): \(outcome)")
        #expect(await eventually { collector.hasEnded })
        told.note(collector)
    }

    /// Lets one call after the other fail while a daemon runs: of the log and other state, and of recordings.
    func run(faults count: Int, with code: Int32) async throws {
        try faults.disarm()
        options.since = told.last
        let daemon = try await DaemonUnderTest.start(options, in: folder)
        var random = SeededRandom(UInt64(code))
        for number in 0..<count {
            let place = number % 4 == 3 ? "recordings" : "state"
            let at = Int.random(in: 1...20, using: &random)
            try faults.arm("\(disk)/\(place)", at: at, code: code, count: number % 5 == 4 ? 3 : 1)
            let heard = daemon.collector.logged.count
            _ = await eventually(within: .seconds(10)) { faults.hits > 0 || daemon.program.hasEnded }
            hits += faults.hits > 0 ? 1 : 0
            // Goes on while calls fail, and afterwards.
            #expect(
                await eventually { daemon.collector.logged.count > heard || daemon.program.hasEnded },
                "call \(at) in \(place), \(String(cString: strerror(code)))")
            try #require(!daemon.program.hasEnded, "\(daemon.program.errors.suffix(2_000))")
        }
        try faults.disarm()
        #expect(try await visage("status", "--socket", daemon.socket).exitCode == 0)
        daemon.program.signal(SIGTERM)
        let outcome = try await daemon.program.wait()
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(await eventually { daemon.collector.hasEnded })
        told.note(daemon.collector)
    }

    /// A last start, without faults: every number was given once, and what was told can be read or is told as missing.
    /// - Returns: how many events were told, and how many of them the log has lost.
    func check() async throws -> (told: Int, lost: Int) {
        options.since = 0
        options.launcher = []
        let daemon = try await DaemonUnderTest.start(options, in: folder)
        #expect(await eventually { daemon.collector.logged.last?.seq ?? 0 > told.last })
        daemon.program.signal(SIGTERM)
        #expect(try await daemon.program.wait().exitCode == 0)
        #expect(await eventually { daemon.collector.hasEnded })
        return (told.all.count, try told.check(against: daemon.collector))
    }
}

extension SystemTests {
    /// Some of what `SoakFaultTests` does.
    @Suite(.enabled(if: FaultLibrary.problem == nil, "\(FaultLibrary.problem ?? "")")) struct DaemonFaultTests {
        @Test func aDiskThatRefusesACallNowAndThen() async throws {
            let faults = try DaemonFaults(Material.get())
            for (index, code) in [ENOSPC, EIO, EROFS].enumerated() {
                try await faults.start(failing: 3 + 11 * index, with: code)
                try await faults.run(faults: 4, with: code)
            }
            let (told, lost) = try await faults.check()
            print("\(faults.hits) failed calls, \(told) events, \(lost) not logged")
            #expect(faults.hits > 5)
        }
    }
}

extension SoakTests {
    /// The n-th call on the state and on the recordings fails, n from 1 to 200, as does each of 200 calls at random while
    /// the daemon runs, with each of three errors.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"),
        .enabled(if: FaultLibrary.problem == nil, "\(FaultLibrary.problem ?? "")"))
    struct SoakFaultTests {
        @Test(arguments: [ENOSPC, EIO, EROFS]) func everyCall(_ code: Int32) async throws {
            let count = ProcessInfo.processInfo.environment["VISAGE_FAULTS"].flatMap { Int($0) } ?? 200
            let faults = try DaemonFaults(Material.get())
            for at in stride(from: 1, through: count, by: max(1, count / 100)) {
                try await faults.start(failing: at, with: code)
            }
            let starts = faults.hits
            try await faults.run(faults: count, with: code)
            let (told, lost) = try await faults.check()
            print(
                "\(String(cString: strerror(code))): \(starts) calls failed in starts, \(faults.hits - starts) in runs, "
                    + "\(told) events were told, \(lost) of them are not logged")
            for refusal in Set(faults.refusals) { print(refusal) }
        }
    }
}
