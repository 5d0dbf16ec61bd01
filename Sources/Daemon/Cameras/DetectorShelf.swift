import Detection
import Synchronization
import VisageCore

/// One network for all cameras that want the same.
final class DetectorShelf: Sendable {
    private let networks: Networks
    private let last = Mutex<(detection: Configuration.Detection, detector: any SteppedDetector)?>(nil)

    init(networks: Networks) { self.networks = networks }

    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection) throws -> any SteppedDetector {
        try last.withLock { last in
            if let last, last.detection == detection { return last.detector }
            var options = DetectorOptions()
            options.input = detection.input
            options.minimumScore = detection.scores.weak
            let detector = try networks.detector(detection.detector, options)
            last = (detection, detector)
            return detector
        }
    }
}
