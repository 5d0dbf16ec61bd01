// TestSupport holds what the test targets share: waiting, scratch folders, and test material. No tests.

import Foundation
import VisageCore

/// The one limit for everything that tests wait for; `VISAGE_TEST_TIMEOUT` (seconds) changes it for slow machines.
public let testTimeout: Duration = .seconds(
    ProcessInfo.processInfo.environment["VISAGE_TEST_TIMEOUT"].flatMap { Int($0) } ?? 60)

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
