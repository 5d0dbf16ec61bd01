import Detection
import Tracking
import VisageConfiguration
import VisageCore

extension Configuration.Detection {
    /// What the detector is asked for.
    var options: DetectorOptions {
        var options = DetectorOptions()
        options.input = input
        options.minimumScore = scores.weak
        return options
    }
}

extension Configuration.Tracking {
    /// What the tracker is asked for.
    /// - Parameter detection: the detector has the scores that begin and continue tracks.
    func options(with detection: Configuration.Detection) -> Tracker.Options {
        var options = Tracker.Options()
        (options.strongScore, options.weakScore) = detection.scores
        options.confirmAfter = confirmAfter
        options.lostAfter = .seconds(lostAfter)
        return options
    }
}
