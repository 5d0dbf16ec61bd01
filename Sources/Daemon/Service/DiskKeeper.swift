import Events
import Foundation
import Logging
import Publishing
import Synchronization
import Unknowns
import VisageConfiguration
import VisageCore

/// Keeps some space free on the disks that the daemon writes to, as `DiskBudget` decides, and knows how they do.
package final class DiskKeeper: Sendable {
    /// What keeps files there; all but the configuration is nil or empty before it runs.
    package struct Writers {
        package var configuration: Configuration
        package var recorders: [Recorder] = []
        package var unknowns: UnknownKeeper?
        package var log: EventLog?

        package init(_ configuration: Configuration) { self.configuration = configuration }
    }

    /// How often recordings are looked for while there is enough space.
    private static let lookInterval = Duration.seconds(10)
    /// Some file systems take their time to give space back: for so long it is waited for, unless there is hardly any.
    private static let settling = Duration.seconds(5)
    private static let logInterval = Duration.seconds(60)
    /// Views and events are only asked for so often: giving them up takes a moment.
    private static let askInterval = Duration.seconds(30)

    /// One file system.
    private struct Disk {
        var seen: FreeSpace.Disk
        var reserve: Int64 = 0
        var purposes: [String] = []
        var recordings: [DiskBudget.Recording] = []
        var isPaused = false
        var problem: String?
        /// Since the start, because space was needed.
        var deleted = 0
        var deletedBytes: Int64 = 0
        /// Not in the journal yet.
        var unsaid = 0
        var unsaidBytes: Int64 = 0
        var looked: MonotonicTime?
        var deletedLast: MonotonicTime?
        var said: MonotonicTime?
        var asked: MonotonicTime?
    }

    private let disks = Mutex<[Disk]>([])
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    /// What `visage status` says of each disk.
    package var report: [Event.Status.Disk] {
        disks.withLock { disks in
            disks.map {
                Event.Status.Disk(
                    holds: $0.purposes, freeMB: Int($0.seen.free >> 20), keepFreeMB: Int($0.reserve >> 20),
                    deleted: $0.deleted, deletedMB: Int($0.deletedBytes >> 20), problem: $0.problem)
            }
        }
    }

    /// Why there is too little space on a disk; nil while there is enough.
    package var problem: String? { disks.withLock { $0.lazy.compactMap(\.problem).first } }

    /// Looks at the disks, and makes space where it is needed. Blocks while files are deleted; one call at a time.
    package func check(_ writers: Writers) {
        let before = disks.withLock { $0 }
        var found = Self.find(writers.configuration)
        for index in found.indices {
            if let known = before.first(where: { $0.seen.device == found[index].seen.device }) {
                let (seen, purposes) = (found[index].seen, found[index].purposes)
                found[index] = known
                (found[index].seen, found[index].purposes) = (seen, purposes)
            }
            check(&found[index], writers)
        }
        disks.withLock { $0 = found }
    }

    /// The file systems of what a configuration names.
    private static func find(_ configuration: Configuration) -> [Disk] {
        var places = [(configuration.state, "log")]
        if configuration.recording.enabled { places.append((configuration.recording.folder, "recordings")) }
        if configuration.unknown.keep { places.append((configuration.unknownFolder.path, "unknown")) }
        var disks: [Disk] = []
        for (path, purpose) in places {
            guard let seen = FreeSpace.disk(of: path) else { continue }
            if let index = disks.firstIndex(where: { $0.seen.device == seen.device }) {
                disks[index].purposes.append(purpose)
            } else {
                disks.append(Disk(seen: seen, purposes: [purpose]))
            }
        }
        return disks
    }

    private func check(_ disk: inout Disk, _ writers: Writers) {
        let now = MonotonicTime.now
        let budget = DiskBudget(keepFree: Int64(writers.configuration.keepFreeMB) << 20, total: disk.seen.total)
        disk.reserve = budget.reserve
        let isShort = disk.seen.free < budget.reserve
        let isSettling = disk.deletedLast.map { now - $0 < Self.settling } ?? false
        if isShort, isSettling, disk.seen.free > budget.reserve / 2 { return }
        let folder = URL(filePath: writers.configuration.recording.folder, directoryHint: .isDirectory)
        let holdsRecordings = disk.purposes.contains("recordings")
        let recorders = holdsRecordings ? writers.recorders : []
        if isShort || disk.looked.map({ now - $0 >= Self.lookInterval }) ?? true {
            disk.looked = now
            disk.recordings = holdsRecordings ? Self.recordings(in: folder) : []
        }
        var state = DiskBudget.Disk(total: disk.seen.total, free: disk.seen.free)
        // After looking for recordings: one that is begun in between is not among them, or is named here.
        for recorder in recorders {
            guard let file = recorder.current else { continue }
            let camera = recorder.folder.lastPathComponent
            let size = disk.recordings.first { $0.camera == camera && $0.name == file }?.bytes
            disk.recordings.removeAll { $0.camera == camera && $0.name == file }
            state.open[camera] = size ?? Self.bytes(of: recorder.folder.appending(path: file).path)
        }
        state.recordings = disk.recordings
        state.views = disk.purposes.contains("unknown") && isShort ? writers.unknowns?.viewBytes ?? 0 : 0
        state.log = disk.purposes.contains("log") ? Self.bytes(ofLog: writers.configuration.state) : 0
        state.isPaused = disk.isPaused
        carryOut(budget.decide(state), state, &disk, folder, recorders, writers)
    }

    private func carryOut(
        _ decision: DiskBudget.Decision, _ state: DiskBudget.Disk, _ disk: inout Disk, _ folder: URL,
        _ recorders: [Recorder], _ writers: Writers
    ) {
        let now = MonotonicTime.now
        var (freed, count): (Int64, Int) = (0, 0)
        for recording in decision.delete
        where RecordingFile.remove(folder.appending(path: "\(recording.camera)/\(recording.name)").path) {
            freed += recording.bytes
            count += 1
            disk.deletedLast = now
            recorders.first { $0.folder.lastPathComponent == recording.camera }?.deleted([recording.name])
        }
        disk.deleted += count
        disk.unsaid += count
        disk.deletedBytes += freed
        disk.unsaidBytes += freed
        if !decision.delete.isEmpty { disk.looked = nil }
        for camera in decision.rotate {
            recorders.first { $0.folder.lastPathComponent == camera }?.interrupt()
        }
        if decision.views + decision.log > 0, disk.asked.map({ now - $0 >= Self.askInterval }) ?? true {
            disk.asked = now
            if decision.views > 0 { writers.unknowns?.shedViews(bytes: decision.views) }
            if decision.log > 0 { try? writers.log?.shed(bytes: decision.log) }
        }
        let problem = decision.isShort ? Self.problem(state, disk) : nil
        if (problem == nil) != (disk.problem == nil) || disk.isPaused != decision.pause {
            if let problem {
                logger.warning("\(problem)")
            } else {
                logger.notice("There is enough space again for \(disk.purposes.joined(separator: ", "))")
            }
        }
        disk.problem = problem
        disk.isPaused = decision.pause
        for recorder in recorders { recorder.hold(decision.pause ? problem ?? "the disk is full" : nil) }
        say(&disk, now)
    }

    /// The journal is told what was deleted, at most once a minute.
    private func say(_ disk: inout Disk, _ now: MonotonicTime) {
        guard disk.unsaid > 0, disk.said.map({ now - $0 >= Self.logInterval }) ?? true else { return }
        logger.notice(
            """
            Deleted the oldest recordings to keep \(disk.reserve >> 20) MiB free (keep_free_mb): \
            \(disk.unsaid) file\(disk.unsaid == 1 ? "" : "s"), \(disk.unsaidBytes >> 20) MiB
            """)
        (disk.unsaid, disk.unsaidBytes, disk.said) = (0, 0, now)
    }

    private static func problem(_ state: DiskBudget.Disk, _ disk: Disk) -> String {
        let others = max(0, state.total - state.free - state.own)
        return """
            The disk of \(disk.purposes.joined(separator: ", ")) has \(state.free >> 20) MiB free and should have \
            \(disk.reserve >> 20) (keep_free_mb), and no recording is left to delete: other files take \
            \(others >> 20) of its \(state.total >> 20) MiB, Visage \(state.own >> 20); make room there
            """
    }

    /// All complete and incomplete recordings below a folder, those of cameras that are no longer configured included.
    private static func recordings(in folder: URL) -> [DiskBudget.Recording] {
        let cameras = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return cameras.flatMap { camera in
            RecordingFile.all(in: folder.appending(path: camera, directoryHint: .isDirectory)).map {
                DiskBudget.Recording(camera: camera, name: $0.name, bytes: $0.bytes)
            }
        }
    }

    private static func bytes(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : 0
    }

    private static func bytes(ofLog state: String) -> Int64 {
        ["", "-wal", "-shm"].reduce(0) { $0 + bytes(of: "\(state)/events.db\($1)") }
    }
}
