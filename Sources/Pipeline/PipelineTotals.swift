/// Counts of one camera's pipeline since it was started.
public struct PipelineTotals: Sendable {
    /// Upper bounds of the classes of `latencies` in milliseconds.
    public static let latencyBounds: [Double] = [10, 25, 50, 100, 250, 500, 1000, 2500]

    /// Published.
    public internal(set) var frames = 0
    /// Found in frames.
    public internal(set) var faces = 0
    public internal(set) var embeddings = 0
    /// Frames by the time from capture to publication: as many as there are bounds, and one more for those above.
    public internal(set) var latencies = [Int](repeating: 0, count: latencyBounds.count + 1)
    /// Of all these times, in milliseconds.
    public internal(set) var latencySum = 0.0

    mutating func add(latency: Double) {
        let place = Self.latencyBounds.firstIndex { latency <= $0 } ?? Self.latencyBounds.count
        latencies[place] += 1
        latencySum += latency
    }
}
