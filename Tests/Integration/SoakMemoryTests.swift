import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    @Suite struct SoakMemoryTests {
        @Test func memoryStaysFlatOverALoopedClip() async throws {
            let folder = try ScratchFolder()
            var options = DaemonUnderTest.Options(try Material.get())
            options.source = Workspace.clip.path
            options.loop = true
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            // Somebody watches, and somebody wants every frame's faces.
            let readers = [
                try Program("socat", ["-u", "UNIX-CONNECT:\(daemon.frames)", "OPEN:/dev/null"]),
                try Program(
                    "bash",
                    [
                        "-c", #"exec "$0" tail --socket "$1" --type frame > /dev/null"#, Programs.visage,
                        daemon.socket,
                    ]),
            ]
            // One pass through the clip has had every kind of work that there is.
            #expect(
                await eventually(within: machineTimeout) {
                    daemon.collector.logged.contains { $0.frame?.ptsMs ?? 0 > 43_000 }
                })
            let samples = await Memory.samples(of: daemon, for: .seconds(Soak.isShort ? 60 : 600))
            #expect(!daemon.program.hasEnded && readers.allSatisfy { !$0.hasEnded })
            let third = samples.count / 3
            let (first, last) = (Memory.median(samples.prefix(third)), Memory.median(samples.suffix(third)))
            #expect(samples.allSatisfy { $0 < 520 }, "\(samples)")
            // A recorder that hesitates for the first time fills its queue once: 8 frames of 1.4 MB, which their pool
            // keeps. What grows on and on passes this within minutes.
            #expect(last - first < 20, "\(samples)")
            _ = try await daemon.stop()
        }
    }
}

/// Resident memory of a process, in megabytes.
enum Memory {
    static func resident(_ pid: Int32) -> Double? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map {
            $0 / 1024
        }
    }

    /// One a second while the daemon lives.
    static func samples(of daemon: DaemonUnderTest, for duration: Duration) async -> [Double] {
        var samples: [Double] = []
        let start = MonotonicTime.now
        _ = await eventually(within: duration) {
            if MonotonicTime.now - start >= .seconds(samples.count),
                let megabytes = resident(daemon.program.pid)
            {
                samples.append(megabytes)
            }
            return daemon.program.hasEnded
        }
        return samples
    }

    static func median(_ samples: some Sequence<Double>) -> Double {
        let sorted = samples.sorted()
        return sorted.isEmpty ? .infinity : sorted[sorted.count / 2]
    }
}
