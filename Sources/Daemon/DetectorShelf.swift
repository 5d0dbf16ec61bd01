import Detection
import Synchronization
import VisageCore

/// One network for all cameras that want the same.
final class DetectorShelf: Sendable {
    private let networks: Networks
    private let last = Mutex<(detection: Configuration.Detection, detector: YuNetDetector)?>(nil)

    init(networks: Networks) { self.networks = networks }

    /// - Throws: `VisageError` (model).
    func detector(_ detection: Configuration.Detection) throws -> YuNetDetector {
        try last.withLock { last in
            if let last, last.detection == detection { return last.detector }
            var options = YuNetDetector.Options()
            options.input = detection.input
            options.minimumScore = detection.weakScore
            let detector = try networks.detector(options)
            last = (detection, detector)
            return detector
        }
    }
}
