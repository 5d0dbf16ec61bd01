import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// What a failing disk does to the event log: Tests/Faults/faults.c, loaded into another process of this test program,
/// makes the n-th call on its files fail, or that one and all that follow.
@Suite struct EventLogFaultTests {
    /// Every n with `VISAGE_FAULTS`, some otherwise.
    @Test(.enabled(if: FaultLibrary.problem == nil, "\(FaultLibrary.problem ?? "")"))
    func aFailingCallLosesNoNumberAndGivesNoneTwice() async throws {
        let variables = ProcessInfo.processInfo.environment
        let step = variables["VISAGE_FAULTS"] != nil ? 1 : variables["VISAGE_SYSTEM"] != nil ? 13 : 41
        let program = try Program(
            "env",
            [
                "LD_PRELOAD=\(FaultLibrary.path)", "VISAGE_FAULT_STEP=\(step)",
                URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path,
                "--testing-library", "swift-testing", "--filter", "EventLogFaultRounds",
            ])
        _ = await eventually(within: machineTimeout) { program.hasEnded }
        let outcome = try await program.wait()
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.output.contains("rounds"), "\(outcome)")
        print(outcome.output.split(separator: "\n").first { $0.contains("rounds") } ?? "")
    }
}

/// Runs only where the library is loaded.
@Suite(.enabled(if: FaultLibrary.Control() != nil, "runs within EventLogFaultTests"))
struct EventLogFaultRounds {
    private struct Fault: CustomStringConvertible {
        let at: Int
        let code: Int32
        /// Whether all calls after it fail too.
        let stays: Bool
        /// How the run ends: 0 in order, 1 by `kill -9`, 2 by a reboot.
        let end: Int

        var description: String {
            "call \(at)\(stays ? " and all after it" : ""), \(String(cString: strerror(code))), "
                + ["closed", "killed", "rebooted"][end]
        }
    }

    @Test func everyRound() throws {
        let control = try #require(FaultLibrary.Control())
        let step = Int(ProcessInfo.processInfo.environment["VISAGE_FAULT_STEP"] ?? "") ?? 1
        var (rounds, hits) = (0, 0)
        for code in [ENOSPC, EIO, EROFS] {
            for stays in [false, true] {
                for at in stride(from: 1, through: 200, by: step) {
                    hits += try round(Fault(at: at, code: code, stays: stays, end: rounds % 3), control) ? 1 : 0
                    rounds += 1
                }
            }
        }
        print("\(rounds) rounds, \(hits) faults")
        #expect(hits > rounds * 9 / 10)
    }

    private func entries(_ range: ClosedRange<Int64>) -> [EventLog.Entry] {
        range.map { .init(seq: $0, time: Date(), type: .appeared, camera: "door", line: "\($0)") }
    }

    /// - Returns: whether a call failed.
    private func round(_ fault: Fault, _ control: FaultLibrary.Control) throws -> Bool {
        let scratch = try ScratchFolder()
        let path = scratch.path("events.db")
        let catcher = LogCatcher()
        let before = try witnesses()
        control.arm(scratch.url.path, fault.at, fault.code, count: fault.stays ? 0 : 1)
        /// The last number that a subscriber has seen, by epoch.
        var seen: [String: Int64] = [:]
        var refused = false
        do {
            let log = try EventLog.openReplacingDamaged(at: path, logger: catcher.logger)
            // Through more than two blocks of numbers.
            for batch in 0..<60 {
                let first = log.last + 1
                #expect(batch > 0 || first == 1)
                let sent = entries(first...first + 39)
                do { try log.append(sent) } catch {
                    #expect(error is VisageError, "\(fault): \(error)")
                    refused = true
                }
                seen[log.epoch] = first + 39
                #expect(log.last == first + 39 && log.readable == log.last, "\(fault)")
                // A reader may be refused as well, and asks again.
                let pages = (0..<3).lazy.compactMap { _ in try? log.read(after: first - 1) }
                if let page = pages.first {
                    #expect(page.lines == sent.map(\.line) && page.lost == 0, "\(fault)")
                } else {
                    #expect(fault.stays, "\(fault): cannot be read")
                }
            }
            if fault.end == 0 { try? log.close() }
        }
        let hit = control.hits > 0
        control.disarm()
        if fault.end == 2 {
            for name in try witnesses().subtracting(before) where name.hasSuffix(Self.suffix(path)) {
                unlink("/dev/shm/\(name)")
            }
        }
        try checkNextStart(path, seen, fault, mayMiss: refused)
        return hit
    }

    /// - Parameter mayMiss: whether the disk has refused events.
    private func checkNextStart(_ path: String, _ seen: [String: Int64], _ fault: Fault, mayMiss: Bool) throws {
        let log = try EventLog.openReplacingDamaged(at: path, logger: LogCatcher().logger)
        let next = log.last + 1
        try log.append(entries(next...next + 4))
        for (epoch, last) in seen {
            if epoch == log.epoch { #expect(next > last, "\(fault): numbers are given twice") }
            let place = log.place(of: last, in: epoch)
            #expect(place < next, "\(fault): whoever has \(last) of \(epoch) would miss what comes after")
        }
        // Everything that is there, and a count of what is not.
        var (since, lines, lost) = (Int64(0), [String](), 0)
        while since < log.last {
            let page = try log.read(after: since)
            #expect(page.scanned > since)
            (since, lines, lost) = (page.scanned, lines + page.lines, lost + page.lost)
        }
        #expect(Int64(lines.count + lost) == log.last && Set(lines).count == lines.count, "\(fault)")
        #expect(lines.suffix(5) == (next...next + 4).map { "\($0)" }, "\(fault)")
        // A single refusal loses nothing, for what was refused is logged with what comes after it.
        if !fault.stays, fault.end == 0 || !mayMiss, fault.end != 2 {
            #expect(lost == 0 && log.oldest == 1, "\(fault)")
        }
        try log.close()
    }

    /// The files that hold the last number in memory.
    private func witnesses() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: "/dev/shm").filter { $0.hasPrefix("visage-seq-") })
    }

    private static func suffix(_ path: String) -> String {
        String(
            URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false).utf8
                .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }
}
