import Detection
import Synchronization
import VisageCore

/// Shares one loaded detector among all cameras with the same settings.
package final class DetectorShelf: Sendable {
    private let load: @Sendable (Configuration.Detection) throws -> any SteppedDetector
    private let last = Mutex<(detection: Configuration.Detection, detector: any SteppedDetector)?>(nil)

    /// - Parameter load: loads a detector's networks; throws `VisageError` (model).
    package init(load: @escaping @Sendable (Configuration.Detection) throws -> any SteppedDetector) {
        self.load = load
    }

    /// Blocks while networks are loaded.
    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection) throws -> any SteppedDetector {
        try last.withLock { last in
            if let last, last.detection == detection { return last.detector }
            let detector = try load(detection)
            last = (detection, detector)
            return detector
        }
    }
}
