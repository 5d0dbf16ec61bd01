import Detection
import VisageConfiguration
import VisageCore

/// Shares one loaded detector among all cameras with the same settings.
package final class DetectorShelf: Sendable {
    private let load: @Sendable (Configuration.Detection) throws -> any SteppedDetector
    /// A reload with other settings makes another; the cameras that still run keep theirs.
    private let detectors = LoadingCache<Configuration.Detection, any SteppedDetector>(capacity: 1)

    /// - Parameter load: loads a detector's networks; throws `VisageError` (model).
    package init(load: @escaping @Sendable (Configuration.Detection) throws -> any SteppedDetector) {
        self.load = load
    }

    /// Blocks while networks are loaded.
    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection) throws -> any SteppedDetector {
        try detectors.value(for: detection) { try load(detection) }
    }
}
