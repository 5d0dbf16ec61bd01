// TestSupport holds what the test targets share: waiting, scratch folders, and test material. No tests.

import Foundation
import VisageCore

/// The one limit for everything that tests wait for; `VISAGE_TEST_TIMEOUT` (seconds) changes it for slow machines. It can
/// be long, because only a test that fails waits for so long.
public let testTimeout: Duration = .seconds(testTimeoutSeconds)

/// `testTimeout` in seconds, for command lines.
public let testTimeoutSeconds =
    ProcessInfo.processInfo.environment["VISAGE_TEST_TIMEOUT"].flatMap { Int($0) } ?? 120

/// The limit for a machine or container that is booted, runs a script and shuts down.
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

/// Lets time pass where the time itself is what a test needs: a fault lasts so long, or something must not happen for so
/// long. To wait for something that is to happen, use `eventually`.
public func letPass(_ duration: Duration, since start: MonotonicTime = .now) async {
    let end = start + duration
    while MonotonicTime.now < end { try? await Task.sleep(for: end - .now) }
}
