import Publishing
import Testing

@Suite struct DiskBudgetTests {
    private let budget = DiskBudget(keepFree: 100, total: 10_000)

    private func recording(_ camera: String, _ name: String, _ bytes: Int64) -> DiskBudget.Recording {
        .init(camera: camera, name: name, bytes: bytes)
    }

    private func disk(free: Int64) -> DiskBudget.Disk { .init(total: 10_000, free: free) }

    @Test func aSmallDiskKeepsATenth() {
        #expect(budget.reserve == 100)
        #expect(DiskBudget(keepFree: 100, total: 500).reserve == 50)
        #expect(DiskBudget(keepFree: 0, total: 500).decide(.init(total: 500, free: 0)).isNothing)
    }

    @Test func withSpaceNothingHappens() {
        var disk = disk(free: 100)
        disk.recordings = [recording("door", "1", 50)]
        (disk.open, disk.views, disk.log) = (["door": 10], 10, 10)
        #expect(budget.decide(disk).isNothing)
    }

    @Test func theOldestOfAllCamerasGo() {
        var disk = disk(free: 20)
        disk.recordings = [
            recording("yard", "3", 50), recording("door", "2", 50), recording("yard", "1", 50),
            recording("door", "4", 50),
        ]
        let decision = budget.decide(disk)
        #expect(decision.delete.map(\.name) == ["1", "2"])
        #expect(!decision.isShort && !decision.pause && decision.views == 0 && decision.log == 0)
    }

    @Test func viewsAndThenEventsGoWhenThereAreNoRecordings() {
        var disk = disk(free: 45)
        (disk.views, disk.log) = (3, 1000)
        var decision = budget.decide(disk)
        #expect(decision.views == 3 && decision.log == 0 && decision.isShort && !decision.pause)
        disk.free = 10
        decision = budget.decide(disk)
        #expect(decision.views == 3 && decision.log == 12 && decision.isShort && !decision.pause)
    }

    @Test func recordingPausesUntilHalfIsThere() {
        var disk = disk(free: 24)
        #expect(budget.decide(disk).pause)
        disk.isPaused = true
        disk.free = 49
        #expect(budget.decide(disk).pause)
        disk.free = 50
        #expect(!budget.decide(disk).pause)
        // What was being written is complete now, and is the oldest.
        disk.free = 0
        disk.recordings = [recording("door", "1", 500)]
        #expect(!budget.decide(disk).pause && budget.decide(disk).delete.count == 1)
    }

    @Test func aFileTakesNoMoreThanItsShare() {
        let megabyte: Int64 = 1 << 20
        var disk = DiskBudget.Disk(total: 100 * megabyte, free: 40 * megabyte)
        disk.open = ["door": 11 * megabyte, "yard": 3 * megabyte]
        let budget = DiskBudget(keepFree: megabyte, total: disk.total)
        // Of 54 MB that are free or recordings, an eighth for two cameras.
        #expect(budget.decide(disk).rotate == ["door"])
        disk.open = ["door": megabyte, "yard": megabyte]
        #expect(budget.decide(disk).rotate.isEmpty)
    }
}

extension DiskBudget.Decision {
    fileprivate var isNothing: Bool {
        delete.isEmpty && rotate.isEmpty && views == 0 && log == 0 && !pause && !isShort
    }
}
