import Dispatch
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct LoadingCacheTests {
    private struct Failure: Error {}

    @Test func aValueIsMadeOnce() throws {
        let cache = LoadingCache<Int, Int>(capacity: 2)
        var made: [Int] = []
        for key in [1, 2, 1, 2, 1] {
            let value = try cache.value(for: key) {
                made.append(key)
                return 10 * key
            }
            #expect(value == 10 * key)
        }
        #expect(made == [1, 2])
    }

    @Test func theLeastRecentlyUsedIsDropped() throws {
        let cache = LoadingCache<Int, Int>(capacity: 2)
        var made: [Int] = []
        for key in [1, 2, 1, 3, 1, 2] {
            _ = try cache.value(for: key) {
                made.append(key)
                return key
            }
        }
        #expect(made == [1, 2, 3, 2], "2 made place for 3, and 1 never did")
    }

    @Test func aFailureIsNotKept() throws {
        let cache = LoadingCache<Int, Int>(capacity: 2)
        #expect(throws: Failure.self) { try cache.value(for: 1) { throw Failure() } }
        #expect(try cache.value(for: 1) { 5 } == 5)
    }

    /// While one value is being made, others are made and used; who wants that one waits.
    @Test func nobodyWaitsForAValueThatOnlyOthersNeed() async throws {
        let cache = LoadingCache<String, Int>(capacity: 2)
        let (begun, release) = (Flag(), DispatchSemaphore(value: 0))
        let made = Atomic(0)
        let results = Mutex<[Int]>([])
        for _ in 0..<3 {
            _ = onThread {
                let value = try? cache.value(for: "slow") {
                    made.add(1, ordering: .relaxed)
                    begun.set()
                    release.wait()
                    return 7
                }
                results.withLock { $0.append(value ?? 0) }
            }
        }
        #expect(await eventually { begun.isSet })
        #expect(try cache.value(for: "other") { 1 } == 1)
        #expect(try cache.value(for: "other") { 2 } == 1)
        #expect(results.withLock { $0 }.isEmpty)
        release.signal()
        #expect(await eventually { results.withLock { $0 } == [7, 7, 7] })
        #expect(made.load(ordering: .relaxed) == 1)
    }

    @Test func allWhoWaitLearnOfAFailure() async throws {
        let cache = LoadingCache<String, Int>(capacity: 2)
        let (begun, release) = (Flag(), DispatchSemaphore(value: 0))
        let failures = Atomic(0)
        for _ in 0..<2 {
            _ = onThread {
                do {
                    _ = try cache.value(for: "bad") {
                        begun.set()
                        release.wait()
                        throw Failure()
                    }
                } catch { failures.add(1, ordering: .relaxed) }
            }
        }
        #expect(await eventually { begun.isSet })
        // Whether the second one waits or comes late and tries again itself, it must get there.
        release.signal()
        release.signal()
        #expect(await eventually { failures.load(ordering: .relaxed) == 2 })
        #expect(try cache.value(for: "bad") { 3 } == 3)
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
