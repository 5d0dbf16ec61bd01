/// What has to go so that a disk keeps some space free. Pure: it is told what is on the disk and says what to do about
/// it. No clock decides: the oldest recordings go first, by their names.
package struct DiskBudget: Sendable, Equatable {
    /// A recording that is complete.
    package struct Recording: Sendable, Equatable {
        package let camera: String
        package let name: String
        package let bytes: Int64

        package init(camera: String, name: String, bytes: Int64) {
            (self.camera, self.name, self.bytes) = (camera, name, bytes)
        }
    }

    /// A disk as it is found.
    package struct Disk: Sendable, Equatable {
        /// Bytes of the file system, and what of them this process may still use.
        package var total: Int64
        package var free: Int64
        /// In any order, those of all cameras.
        package var recordings: [Recording] = []
        /// Bytes of the files that are being written, by camera.
        package var open: [String: Int64] = [:]
        /// Bytes of views of unknown people, and of the event log.
        package var views: Int64 = 0
        package var log: Int64 = 0
        /// Whether recording is paused for want of space.
        package var isPaused = false

        package init(total: Int64, free: Int64) { (self.total, self.free) = (total, free) }

        /// What of it is the daemon's.
        package var own: Int64 { recordings.reduce(0) { $0 + $1.bytes } + open.values.reduce(0, +) + views + log }
    }

    package struct Decision: Sendable, Equatable {
        /// Oldest first.
        package var delete: [Recording] = []
        /// Cameras whose file is to be ended and followed by another one, so that it can be deleted in its turn.
        package var rotate: [String] = []
        /// Bytes of views, and of the oldest events, that have to go because there are no more recordings.
        package var views: Int64 = 0
        package var log: Int64 = 0
        /// Whether nothing is to be recorded until there is more space.
        package var pause = false
        /// Whether there will be too little space even so.
        package var isShort = false
    }

    /// A file takes at most this share of the disk, divided by the number of cameras: otherwise deleting the oldest
    /// would delete nearly everything.
    private static let fileShare: Int64 = 8
    private static let leastFile: Int64 = 1 << 20

    /// What is to be kept free.
    package let reserve: Int64

    /// - Parameters:
    ///   - keepFree: bytes that are asked for; a tenth of a small disk is enough.
    ///   - total: bytes of the file system
    package init(keepFree: Int64, total: Int64) { reserve = min(keepFree, max(0, total) / 10) }

    package func decide(_ disk: Disk) -> Decision {
        var decision = Decision()
        guard reserve > 0 else { return decision }
        var free = disk.free
        if free < reserve {
            // A little more than needed, so that the disk is not at its limit all the time.
            let wanted = reserve + reserve / 16
            for recording in disk.recordings.sorted(by: { ($0.name, $0.camera) < ($1.name, $1.camera) }) {
                guard free < wanted else { break }
                decision.delete.append(recording)
                free += recording.bytes
            }
        }
        decision.isShort = free < reserve
        // What can be missed less is spared longer: views until half of the reserve is gone, events until three quarters.
        if free < reserve / 2 {
            decision.views = min(disk.views, reserve / 2 - free)
            free += decision.views
        }
        if free < reserve / 4 {
            decision.log = min(disk.log, reserve / 4 - free)
            free += decision.log
        }
        decision.pause = free < (disk.isPaused ? reserve / 2 : reserve / 4)
        let most = max(Self.leastFile, (disk.free + disk.own) / Self.fileShare / Int64(max(1, disk.open.count)))
        decision.rotate = disk.open.filter { $0.value > most }.map(\.key).sorted()
        return decision
    }
}
