import Events
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

/// What another user of the machine, or another program of the same user, can do with files and connections.
@Suite struct NeighborTests {
    /// Runs as a member of the group that may read, without being the owner.
    private static let stranger: uid_t = 65_534
    private static let isRoot = geteuid() == 0

    /// A program of the stranger's, in Python. It prints `held` when it has done its work, and stays.
    private func stranger(_ script: String) async throws -> Program {
        let id = "\(Self.stranger)"
        let program = try Program(
            "setpriv",
            [
                "--reuid", id, "--regid", "0", "--clear-groups", "/usr/bin/python3", "-c",
                script + "\nimport time\ntime.sleep(600)",
            ])
        #expect(await eventually { program.output.contains("\n") || program.hasEnded }, "\(program.errors)")
        return program
    }

    /// Opens what it can and locks it in every way that a reader can.
    private func locker(_ paths: [String]) -> String {
        """
        import fcntl, os, struct
        held = []
        for path in \(paths):
            try: fd = os.open(path, os.O_RDONLY)
            except OSError: continue
            held.append(path)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.isfile(path):
                for start in (120, 0x40000000):
                    fcntl.fcntl(fd, fcntl.F_SETLK, struct.pack("hhllhh", fcntl.F_RDLCK, 0, start, 512, 0, 0))
        print(held, flush=True)
        """
    }

    @Test(.enabled(if: isRoot, "only root can become another user"))
    func noLockOfAReaderStopsWritingStartOrStop() async throws {
        var fixture = try await Fixture.make()
        let folder = fixture.folder
        // As the state folder: the group may look into it.
        try #require(chmod(folder.path(""), 0o750) == 0)
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.flush()
        let names = [
            "", "events.db", "events.db-wal", "events.db-shm", "events.db.seq", "events.db.lock", "events.sock",
        ]
        let program = try await stranger(locker(names.map(folder.path)))
        #expect(
            program.output.contains("held") == false && program.output.contains("['\(folder.path(""))']"),
            "\(program.output)")
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.flush()
        #expect(fixture.log.newest == 2 && fixture.hub.problem == nil)
        await fixture.end()
        fixture = try await Fixture.make(in: folder)
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.flush()
        #expect(fixture.log.newest == 3)
        await fixture.end()
        program.signal(SIGKILL)
    }

    /// Such as an administrator's, who has begun a transaction and gone home.
    @Test func aLockOnTheDatabaseDelaysNoEvent() async throws {
        let fixture = try await Fixture.make()
        let reader = try fixture.connect(EventRequest())
        _ = try reader.next(.hello)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let blocker = try DatabaseQueue(path: fixture.log.path, configuration: configuration)
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        // Were each event to wait for the lock as long as SQLite usually does, this would take minutes.
        for track in 1...200 {
            fixture.hub.publish(.sample(.appeared, track: track))
            #expect(try reader.next(.appeared).seq == Int64(track))
        }
        #expect(fixture.log.newest == 0 && fixture.log.readable == 200)
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(await eventually { fixture.log.newest == 200 }, "without another event")
        await fixture.end()
    }

    @Test func theStatusIsToldWhenEverythingElseIsTaken() async throws {
        FileLimit.raise()
        // Time to send a request: a busy machine needs more than the usual 200 ms now and then.
        let fixture = try await Fixture.make { ($0.subscribers, $0.requestWait) = (40, .seconds(3)) }
        fixture.hub.provideStatus {
            Event.Status(started: "", engine: "", models: [:], cameras: [], gallery: nil)
        }
        let held = try (0..<20).map { _ in try fixture.connect(EventRequest()) }
        for reader in held { _ = try reader.next(.hello) }
        // More than may wait for their request, and silent.
        let silent = try (0..<200).map { _ in try fixture.connect() }
        for _ in 0..<50 {
            let reader = try fixture.connect(EventRequest(types: ["status"]))
            #expect(try reader.next(.hello).epoch == fixture.log.epoch)
            #expect(try reader.next(.status).status?.subscribers.count == 20)
            #expect(try reader.toEnd().isEmpty)
        }
        #expect(try fixture.connect(EventRequest(since: 0)).next(.error).code == .tooManySubscribers)
        for reader in silent { #expect(try reader.next(.error).code == .tooManySubscribers) }
        // Those who were there notice nothing.
        fixture.hub.publish(.sample(.appeared))
        for reader in held { #expect(try reader.next(.appeared).seq == 1) }
        await fixture.end()
    }

    @Test(.enabled(if: isRoot, "only root can become another user"))
    func everyUserHasAShareOfTheConnections() async throws {
        let fixture = try await Fixture.make { ($0.subscribers, $0.requestWait) = (40, .seconds(1)) }
        try #require(chmod(fixture.folder.path(""), 0o755) == 0)
        let program = try await stranger(
            """
            import socket
            held = []
            for i in range(200):
                s = socket.socket(socket.AF_UNIX); s.connect('\(fixture.path)'); held.append(s)
            print('held', flush=True)
            """)
        #expect(program.output.contains("held"), "\(program.errors)")
        #expect(await eventually { await fixture.server.subscribers == 20 })
        let reader = try fixture.connect(EventRequest())
        _ = try reader.next(.hello)
        fixture.hub.publish(.sample(.appeared))
        #expect(try reader.next(.appeared).seq == 1)
        program.signal(SIGKILL)
        #expect(await eventually { await fixture.server.subscribers == 1 })
        await fixture.end()
    }

    /// The folder's lock is what an earlier version waited for, without an end.
    @Test func aLockOnTheSocketsFolderIsNoObstacle() async throws {
        let folder = try ScratchFolder()
        let descriptor = open(folder.path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let fixture = try await Fixture.make(in: folder)
        _ = try fixture.connect().next(.hello)
        await fixture.end()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("")).allSatisfy { !$0.hasPrefix(".visage") }
        )
    }

    /// One that was stopped while it started.
    @Test func aStartThatHangsIsSaid() async throws {
        let folder = try ScratchFolder()
        let path = folder.path(".visage-\(geteuid()).lock")
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let error = await #expect(throws: VisageError.self) { try await Fixture.make(in: folder) }
        #expect(error?.code == .inUse && error?.message.contains(folder.path("")) == true)
    }
}
