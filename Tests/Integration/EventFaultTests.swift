import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// What a failing disk and other users of the machine do to the events of a running daemon.
    @Suite(.enabled(if: geteuid() == 0, "only root can mount disks and become other users"))
    struct EventFaultTests {
        private let folder: ScratchFolder
        private let options: DaemonUnderTest.Options
        /// Somebody who may read what the group may.
        private static let reader = ["setpriv", "--reuid", "65534", "--regid", "0", "--clear-groups"]

        init() throws {
            folder = try ScratchFolder()
            var options = DaemonUnderTest.Options.endless(try Material.get())
            options.pace = "realtime"
            self.options = options
            try #require(chmod(folder.url.path, 0o750) == 0)
        }

        private func run(_ words: String...) async throws {
            let outcome = try await Program.run(words[0], Array(words.dropFirst()))
            try #require(outcome.exitCode == 0, "\(words): \(outcome)")
        }

        /// Row 5 of the attack: the disk goes read-only, the daemon is killed, the disk is repaired.
        @Test func aReadOnlyDiskAndAKillGiveNoNumberTwice() async throws {
            var options = options
            let (image, state) = (folder.file("image").path, folder.file("state").path)
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try await run("truncate", "-s", "32M", image)
            try await run("mkfs.ext4", "-q", image)
            try await run("mount", "-o", "loop", image, state)
            defer { _ = try? Process.run(URL(filePath: "/bin/umount"), arguments: ["-l", state]).waitUntilExit() }
            let killed = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { killed.collector.logged.count >= 4 })
            try await run("mount", "-o", "remount,abort", state)
            let heard = killed.collector.logged.count
            #expect(await eventually { killed.collector.logged.count >= heard + 6 }, "events go on")
            killed.program.signal(SIGKILL)
            try await killed.program.wait()
            #expect(await eventually { killed.collector.hasEnded })
            let before = killed.collector.logged.compactMap(\.seq)
            let epoch = try #require(killed.collector.events.first?.epoch)
            // A process of the daemon may hold the disk for a moment longer; as long as one does, it would be mounted as it was.
            #expect(try await eventually { try await Program.run("umount", [state]).exitCode == 0 })
            _ = try await Program.run("e2fsck", ["-fy", image])
            try await run("mount", "-o", "loop", image, state)

            options.since = try #require(before.last)
            let next = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { next.collector.logged.count >= 5 })
            let after = next.collector.logged.compactMap(\.seq)
            #expect(next.collector.events.first?.epoch == epoch)
            #expect(Set(before).isDisjoint(with: after) && after.first == options.since + 1, "\(before) \(after)")
            // What was never logged is told as missing.
            let whole = try EventCollector(socket: next.socket, EventRequest(since: 0))
            #expect(await eventually { whole.logged.contains { $0.seq == after.first } })
            let missing = before.filter { seq in !whole.logged.contains { $0.seq == seq } }
            let gaps = whole.events.compactMap(\.dropped).reduce(0, +)
            #expect(gaps == missing.count, "\(missing) \(gaps)")
            next.program.signal(SIGTERM)
            #expect(try await next.program.wait().exitCode == 0)
        }

        /// Row 7: every lock that a member of the group can take.
        @Test func locksOfAReaderStopNeitherWritingNorStartNorStop() async throws {
            var options = options
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let state = folder.file("state").path
            #expect(await eventually { daemon.collector.logged.count >= 2 })
            let names = ["events.db", "events.db-wal", "events.db-shm", "events.db.seq", "events.db.lock"]
            let script = """
                import fcntl, os, struct, time
                held = []
                for path in \(names.map { state + "/" + $0 } + [state, folder.url.path]):
                    try: fd = os.open(path, os.O_RDONLY)
                    except OSError: continue
                    held.append(path)
                    fcntl.flock(fd, fcntl.LOCK_EX)
                    if os.path.isfile(path):
                        fcntl.fcntl(fd, fcntl.F_SETLK, struct.pack("hhllhh", fcntl.F_RDLCK, 0, 120, 8, 0, 0))
                print(held, flush=True)
                time.sleep(600)
                """
            let attacker = try Program(
                Self.reader[0], Array(Self.reader.dropFirst()) + ["/usr/bin/python3", "-c", script])
            #expect(await eventually { !attacker.output.isEmpty || attacker.hasEnded })
            #expect(
                attacker.output.contains(folder.url.path) && !attacker.output.contains("events.db"),
                "\(attacker.output)")
            let logged = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.count >= logged + 4 })
            let first = try await daemon.stop()
            options.since = Int64(first.count)
            let next = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { next.collector.logged.count >= 2 })
            #expect(try await next.stop().first?.seq == options.since + 1)
        }

        /// Row 7: 4,096 connections of one user, with churn.
        @Test(.enabled(if: Crowd.fits, Crowd.hint)) func theStatusAnswersWhileOneUserHoldsAllThatHeCan() async throws {
            var options = options
            try #require(chmod(folder.url.path, 0o755) == 0)
            options.launcher = ["bash", "-c", #"umask 0; exec "$@""#, "visaged"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            try #require(chmod(daemon.socket, 0o666) == 0)
            // Two processes, for each may open only so many files.
            let script = """
                import random, socket, time
                held = []
                def another():
                    s = socket.socket(socket.AF_UNIX); s.connect('\(daemon.socket)'); return s
                for i in range(2048): held.append(another())
                print('held', flush=True)
                while True:
                    for i in range(16): held[random.randrange(2048)].close()
                    for i, s in enumerate(held):
                        if s.fileno() < 0: held[i] = another()
                    time.sleep(0.005)
                """
            let crowd = try (0..<2).map { _ in
                try Program(Self.reader[0], Array(Self.reader.dropFirst()) + ["/usr/bin/python3", "-c", script])
            }
            #expect(await eventually { crowd.allSatisfy { $0.output.contains("held") || $0.hasEnded } })
            #expect(crowd.allSatisfy { !$0.hasEnded }, "\(crowd.map(\.errors))")
            var waits: [Duration] = []
            for _ in 0..<50 {
                let start = MonotonicTime.now
                let client = try EventClient(connectingTo: daemon.socket)
                try client.send(EventRequest(types: ["status"]))
                for type in [EventType.hello, .status] {
                    guard case .line(let line) = try client.next(timeout: testTimeout) else {
                        Issue.record("no \(type)")
                        continue
                    }
                    #expect(try EventCollector.event(line).type == type)
                }
                waits.append(MonotonicTime.now - start)
            }
            waits.sort()
            print(
                "status under churn: median \(waits[25].milliseconds) ms, 90 % \(waits[44].milliseconds), longest \(waits[49].milliseconds) ms"
            )
            // The subject is a deadline; half of the answers, for the machine may be busy with other tests.
            #expect(waits[25] < .milliseconds(100))
            #expect(try await visage("status", "--socket", daemon.socket).exitCode == 0)
            // Another user finds room.
            let other = try EventCollector(socket: daemon.socket, EventRequest())
            #expect(await eventually { other.logged.count >= 2 })
            for program in crowd { program.signal(SIGKILL) }
            _ = try await daemon.stop()
        }

        /// Row 11: the name in a log that was damaged and moved aside.
        @Test func forgettingReachesDamagedLogs() async throws {
            var options = options
            options.loop = false
            options.pace = "fast"
            options.gallery = folder.file("gallery").path
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: folder.file("faces"))
            #expect(
                try await visage("train", folder.file("faces").path, "--output", options.gallery).exitCode == 0)
            let told = try await DaemonUnderTest.run(options, in: folder)
            // The new log does not have these, and says so to those who ask.
            options.since = Int64(told.count)
            let log = folder.file("state/events.db")
            let handle = try FileHandle(forWritingTo: log)
            try handle.write(contentsOf: Data(repeating: 0x5A, count: 100))
            try handle.close()
            _ = try await DaemonUnderTest.run(options, in: folder)
            func holding() throws -> [String] {
                try FileManager.default.contentsOfDirectory(
                    at: folder.file("state"), includingPropertiesForKeys: nil
                ).filter { !$0.hasDirectoryPath }.filter {
                    try Data(contentsOf: $0).range(of: Data("Barack Obama".utf8)) != nil
                }.map(
                    \.lastPathComponent)
            }
            #expect(try holding().contains { $0.hasPrefix("events.db.damaged-") })
            let config = folder.file("visaged.yaml").path
            for file in try FileManager.default.contentsOfDirectory(
                at: folder.file("recordings/demo"), includingPropertiesForKeys: nil)
            {
                try FileManager.default.setAttributes([.modificationDate: Date() - 60], ofItemAtPath: file.path)
            }
            let first = try await visage("forget", "Barack Obama", "--yes", "--config", config)
            #expect(first.output.contains("remains   \(log.path).damaged-"), "\(first)")
            let second = try await visage(
                "forget", "Barack Obama", "--yes", "--events", "--recordings", "--config", config)
            #expect(second.exitCode == 0 && second.output.contains("removed   \(log.path).damaged-"), "\(second)")
            #expect(try holding().isEmpty)
        }
    }
}
