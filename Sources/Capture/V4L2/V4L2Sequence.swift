/// Counts lost pictures by the numbers that the kernel gives to a stream's pictures. Pure.
package struct V4L2Sequence {
    private var last: UInt32?
    private var isFirst = true
    /// Numbers that jump by more than this have started anew: no camera loses so many at once and goes on.
    private static let jump: UInt32 = 10_000

    package init() {}

    /// - Returns: how many pictures were lost between the last one and this.
    package mutating func missed(before number: UInt32) -> Int {
        // The first picture may be left from before, and have any number: v4l2loopback hands over such.
        if isFirst {
            isFirst = false
            return 0
        }
        defer { last = number }
        guard let last else { return 0 }
        // Wraps around; some drivers leave it at 0.
        let step = number &- last
        return step > 1 && step < Self.jump ? Int(step) - 1 : 0
    }
}
