import VisageCore

/// Keeps a value for a moment: a crowd that comes and goes costs no more than it has to.
struct BriefMemory<Key: Equatable, Value> {
    private static var age: Duration { .milliseconds(50) }

    private var kept: (key: Key, time: MonotonicTime, value: Value)?

    /// The value that was made for the same key a moment ago, or else a new one.
    mutating func get(for key: Key, make: () -> Value?) -> Value? {
        let now = MonotonicTime.now
        if let kept, kept.key == key, now - kept.time < Self.age { return kept.value }
        kept = make().map { (key, now, $0) }
        return kept?.value
    }
}
