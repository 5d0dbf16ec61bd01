import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// A disk of sixty megabytes, full of the daemon's own recordings or of other files.
    @Suite(.serialized, .enabled(if: getuid() == 0, "needs the right to mount a file system"))
    struct DiskTests {
        private let folder: ScratchFolder
        private let disk: MountedDisk

        init() async throws {
            folder = try ScratchFolder()
            disk = try await MountedDisk(megabytes: 60, at: folder.file("disk"))
        }

        private func options() throws -> DaemonUnderTest.Options {
            var options = DaemonUnderTest.Options(try Material.get())
            options.loop = true
            (options.state, options.recordings) = ("disk/state", "disk/recordings")
            options.recordingKeys = ["crf: 8"]
            return options
        }

        private struct Answer: Decodable {
            struct Status: Decodable {
                let disks: [Event.Status.Disk]
                let cameras: [Event.Status.Camera]
            }
            let status: Status
            var disk: Event.Status.Disk? { status.disks.first }
            var recording: Event.Status.Recording? { status.cameras.first?.recording }
        }

        private func ask(_ daemon: DaemonUnderTest) async throws -> Answer? {
            let outcome = try await visage("status", "--socket", daemon.socket, "--json")
            return try? JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        }

        private var recordings: [String] {
            let names = try? FileManager.default.contentsOfDirectory(atPath: disk.url.path + "/recordings/demo")
            return (names ?? []).sorted()
        }

        /// Fills it to the last byte.
        private func fill(_ name: String) async throws {
            _ = try await Program.run("dd", ["if=/dev/zero", "of=\(disk.url.path)/\(name)", "bs=4k"])
        }

        @Test func theOldestRecordingsGoAndTheRestGoesOn() async throws {
            var daemon = try await DaemonUnderTest.start(try options(), in: folder)
            // Several files, of which the oldest are gone, and the newest grows.
            #expect(
                try await eventually(within: testTimeout * 2) { try await ask(daemon)?.disk?.deleted ?? 0 >= 3 })
            let first = try #require(recordings.first)
            // Between two files there is none for a moment.
            #expect(try await eventually { try await ask(daemon)?.recording?.file != nil })
            #expect(recordings.count > 1)
            #expect(daemon.program.errors.contains("Deleted the oldest recordings to keep 6 MiB free"))

            // Killed on a full disk, it starts, because it makes room first.
            daemon.program.signal(SIGKILL)
            _ = try await daemon.program.wait()
            try await fill("foreign")
            daemon = try await DaemonUnderTest.start(try options(), in: folder)
            #expect(!recordings.contains(first))
            #expect(try await eventually { try await ask(daemon)?.recording?.file != nil })

            // Other files take all that is left.
            var count = 0
            #expect(
                try await eventually {
                    count += 1
                    try await fill("foreign-\(count)")
                    let answer = try await ask(daemon)
                    return answer?.disk?.problem != nil && answer?.recording?.problem != nil
                })
            let problem = try #require(try await ask(daemon)?.disk?.problem)
            #expect(problem.contains("no recording is left to delete: other files take"), "\(problem)")
            #expect(await eventually { daemon.program.errors.contains("Not recording") })

            // And give it back.
            for name in try FileManager.default.contentsOfDirectory(atPath: disk.url.path)
            where name.hasPrefix("foreign") {
                try FileManager.default.removeItem(at: disk.url.appending(path: name))
            }
            #expect(
                try await eventually {
                    let answer = try await ask(daemon)
                    return answer?.disk?.problem == nil && answer?.recording?.file != nil
                })
            #expect(daemon.program.errors.contains("There is enough space again"))
            daemon.program.signal(SIGTERM)
            #expect(try await daemon.program.wait().exitCode == 0)
        }

        /// Full of what others wrote, before there is anything of its own.
        @Test func aStartOnADiskThatOthersHaveFilled() async throws {
            try await fill("foreign")
            var options = try options()
            options.more = ["tracking: {lost_after: 0.1}"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { daemon.collector.logged.count >= 4 }, "\(daemon.program.errors)")
            #expect(
                try await eventually {
                    let answer = try await ask(daemon)
                    return answer?.disk?.problem != nil && answer?.recording?.problem != nil
                })
            #expect(try await ask(daemon)?.disk?.problem?.contains("no recording is left to delete") == true)
            #expect(daemon.program.errors.contains("make room there"))
            try FileManager.default.removeItem(at: disk.url.appending(path: "foreign"))
            #expect(
                try await eventually {
                    let answer = try await ask(daemon)
                    return answer?.disk?.problem == nil && answer?.recording?.file != nil
                })
            // What went out meanwhile is logged by then or soon.
            let heard = daemon.collector.logged
            #expect(
                await eventually {
                    guard let reader = try? EventCollector(socket: daemon.socket, EventRequest(since: 0)) else {
                        return false
                    }
                    return await eventually(within: .seconds(5)) { reader.logged.count >= heard.count }
                        && Array(reader.logged.prefix(heard.count)) == heard
                })
            daemon.program.signal(SIGTERM)
            #expect(try await daemon.program.wait().exitCode == 0)
        }

        @Test func aFolderThatIsDeletedIsMadeAnew() async throws {
            var options = try options()
            (options.pace, options.recordingKeys) = ("realtime", [])
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { !recordings.isEmpty })
            let before = recordings
            try FileManager.default.removeItem(at: disk.url.appending(path: "recordings"))
            #expect(await eventually(within: .seconds(20)) { !recordings.isEmpty && recordings != before })
            daemon.program.signal(SIGTERM)
            #expect(try await daemon.program.wait().exitCode == 0)
        }
    }

    /// The clock jumps: Tests/Faults/clockjump.c.
    @Suite(.enabled(if: FaultLibrary.clockProblem == nil, "\(FaultLibrary.clockProblem ?? "")"))
    struct ClockJumpTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        /// The clock has proven itself before, so that nothing but the jump can end the trust.
        private func proveClock() throws {
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            var uptime = timespec()
            clock_gettime(CLOCK_BOOTTIME, &uptime)
            let offset = Date().timeIntervalSince1970 - Double(uptime.tv_sec)
            let text = """
                {"boot": "\(boot.filter(\.isHexDigit))", "uptime": \(uptime.tv_sec), "offset": \(offset),
                 "is_behind": false, "was_proven": true, "proven": 86400}
                """
            try FileManager.default.createDirectory(at: folder.file("state"), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: folder.file("state/clock.json"))
        }

        @Test func fortyDaysAheadDeleteNothing() async throws {
            try proveClock()
            let recordings = folder.url.appending(path: "recordings/demo", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: recordings, withIntermediateDirectories: true)
            let old = (0..<48).map { String(format: "2026-01-01T%02d-%02d-00.000Z.mp4", $0 / 2, $0 % 2 * 30) }
            for name in old { try Data(count: 100).write(to: recordings.appending(path: name)) }
            var options = DaemonUnderTest.Options(try Material.get())
            (options.loop, options.gallery) = (true, "")
            options.launcher = [
                "env", "LD_PRELOAD=\(FaultLibrary.clockPath)", "JUMP_FILE=\(folder.file("jump").path)",
            ]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            func status() async throws -> String { try await visage("status", "--socket", daemon.socket).output }
            #expect(try await eventually { try await !status().contains("unknown      0 people") })
            #expect(try await !status().contains("not trusted"))
            try Data().write(to: folder.file("jump"))
            #expect(try await eventually { try await status().contains("clock        not trusted") })
            #expect(
                await eventually { daemon.program.errors.contains("The clock was set: nothing is deleted") },
                "\(daemon.program.errors)")
            // Each of the three looks for what is too old at least once a minute.
            await letPass(.seconds(70))
            let names = try FileManager.default.contentsOfDirectory(atPath: recordings.path)
            #expect(Set(old).isSubset(of: names))
            let unknown = try FileManager.default.contentsOfDirectory(atPath: folder.file("state/unknown").path)
            #expect(unknown.contains { $0.hasPrefix("unknown-") })
            #expect(try await status().contains("events       seq 1 to"))
            _ = try await daemon.stop()
        }
    }
}

/// A file system in memory, mounted as long as this lives.
final class MountedDisk: Sendable {
    let url: URL

    init(megabytes: Int, at url: URL) async throws {
        self.url = url
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let outcome = try await Program.run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", url.path])
        try #require(outcome.exitCode == 0, "\(outcome)")
    }

    deinit {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["umount", "-l", url.path]
        if (try? process.run()) != nil { process.waitUntilExit() }
    }
}
