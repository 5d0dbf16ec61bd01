import Daemon
import VisageConfiguration

/// What a measured daemon records.
package enum BenchRecording: String, Sendable, CaseIterable {
    case annotated, copy, off

    /// The configuration that makes it so.
    func apply(to recording: inout Configuration.Recording) {
        recording.enabled = self != .off
        if self == .copy { recording.mode = .copy }
    }
}
