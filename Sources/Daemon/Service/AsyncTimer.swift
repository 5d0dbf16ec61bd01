/// Elements at regular intervals on the monotonic clock, until the task is canceled. The time that the caller takes
/// for an element comes on top of the interval.
struct AsyncTimer: AsyncSequence, Sendable {
    let interval: Duration

    init(every interval: Duration) { self.interval = interval }

    struct Iterator: AsyncIteratorProtocol {
        let interval: Duration

        mutating func next() async -> Void? {
            do {
                return try await Task.sleep(for: interval)
            } catch {
                return nil
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(interval: interval) }
}
