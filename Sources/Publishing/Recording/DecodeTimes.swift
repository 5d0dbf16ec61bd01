/// Finds the times of decoding for packets that say only when they are shown: a file needs both, decoding times have to
/// grow from packet to packet, and no packet may be shown before it is decoded. Pure; all times in ticks, from the first
/// packet's on.
package struct DecodeTimes {
    /// Times of showing that have not become times of decoding yet, sorted; as many as packets are reordered by.
    private var waiting: [Int64]
    private var last: Int64?

    /// - Parameters:
    ///   - reordering: by how many pictures the order of decoding differs from that of showing
    ///   - step: between two pictures
    package init(reordering: Int, step: Int) {
        waiting = (0..<max(0, reordering)).map { Int64($0 - reordering) * Int64(max(1, step)) }
    }

    /// The times of the next packet; the first one is shown at 0.
    package mutating func next(_ shown: Int64) -> (pts: Int64, dts: Int64) {
        waiting.insert(shown, at: waiting.firstIndex { $0 > shown } ?? waiting.endIndex)
        let dts = max(waiting.removeFirst(), last.map { $0 + 1 } ?? .min)
        last = dts
        return (max(shown, dts), dts)
    }
}
