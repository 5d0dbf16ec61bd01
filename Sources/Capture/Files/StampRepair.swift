/// Makes a file's time stamps into ones that start at 0 and always grow. Pure; everything in nanoseconds.
package struct StampRepair {
    /// Stamps that go back by more than this have begun again; where they go back by less, a single one is wrong.
    static let backward: Int64 = 1_000_000_000
    /// In containers whose stamps may jump (MPEG streams), a larger gap is such a jump and not a pause.
    static let forward: Int64 = 10_000_000_000
    /// No picture lasts longer than this: such a stamp or duration is damaged.
    static let maxDuration: Int64 = 86_400_000_000_000

    /// Whether the container allows its stamps to jump.
    package var mayJump = false
    private var last: Int64?
    private var step: Int64 = 0
    /// What to subtract from the file's stamps; nil until the first one.
    private var origin: Int64?

    package init() {}

    /// Whatever stamp comes next, it follows the last frame: the file starts over.
    package mutating func startOver() { origin = nil }

    /// The stamp to use.
    /// - Parameters:
    ///   - raw: the file's, nil if missing
    ///   - duration: of this frame, more than 0
    package mutating func next(_ raw: Int64?, duration: Int64) -> Int64 {
        let stamp = place(raw, expected: last.map { $0 &+ step } ?? 0)
        last = stamp
        step = min(max(1, duration), StampRepair.maxDuration)
        return stamp
    }

    private mutating func place(_ raw: Int64?, expected: Int64) -> Int64 {
        guard let raw else { return expected }
        guard let origin, let last else {
            self.origin = raw &- expected
            return expected
        }
        let gap = raw &- origin &- last
        if gap < -StampRepair.backward || gap > (mayJump ? StampRepair.forward : StampRepair.maxDuration) {
            self.origin = raw &- expected
            return expected
        }
        return gap > 0 ? last &+ gap : expected
    }
}
