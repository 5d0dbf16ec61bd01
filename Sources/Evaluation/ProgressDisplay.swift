// Evaluation holds everything that measures: verification on the pairs of LFW, galleries with known people and
// strangers, tracking on films, detectors, methods and speed, and the reports about these. It runs the same parts as the
// daemon and prints nothing; `visage` prints what it returns. Nothing else depends on it.

/// Shows the progress of a measurement to the user.
package protocol ProgressDisplay: Sendable {
    /// - Parameter done: number of completed steps; may be called from any thread.
    func update(_ done: Int)
    /// Ends the display.
    func finish()
}

/// Begins to show the progress of a part of a measurement.
/// - Parameters:
///   - title: what is being done.
///   - total: number of steps.
package typealias ProgressStart = (_ title: String, _ total: Int) -> any ProgressDisplay
