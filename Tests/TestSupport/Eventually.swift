// TestSupport holds what the test targets share: waiting, scratch folders, and test material. No tests.

import Foundation
import VisageCore

/// The one limit for everything that tests wait for; `VISAGE_TEST_TIMEOUT` (seconds) changes it for slow machines. It is
/// long, for a test that passes never waits for it: it only says when a test that fails has failed.
public let testTimeout: Duration = .seconds(testTimeoutSeconds)

/// `testTimeout` for programs that want it in words.
public let testTimeoutSeconds =
    ProcessInfo.processInfo.environment["VISAGE_TEST_TIMEOUT"].flatMap { Int($0) } ?? 120

/// The limit for a whole machine that is booted, does what a script says, and goes off.
public let machineTimeout: Duration = testTimeout * 5

/// Waits until `condition` holds, looking every few milliseconds, at most `limit`.
/// - Returns: whether it held in time.
public func eventually(
    within limit: Duration = testTimeout, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = MonotonicTime.now + limit
    while MonotonicTime.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

/// Lets so much time pass, where that is what a test is about: how long a fault lasts, or how long something must not
/// happen. What is to happen is waited for with `eventually`.
public func letPass(_ duration: Duration, since start: MonotonicTime = .now) async {
    let end = start + duration
    while MonotonicTime.now < end { try? await Task.sleep(for: end - .now) }
}
