import Pipeline
import VisageCore

/// What the stages of the pipeline take of the processor.
package enum ProcessorShares {
    /// - Parameters:
    ///   - total: of the daemon, and of the capture processes where there are any.
    ///   - stages: of the daemon's threads.
    ///   - scaling: the part of `detect` that scales.
    ///   - capture: of the capture processes, which receive and decode; nil for a file, which the daemon decodes.
    /// - Returns: milliseconds a frame by stage; `other` is what remains of the total.
    package static func perFrame(
        frames: Int, total: Duration, stages: [PipelineStatistics.Stage: Duration], scaling: Duration,
        capture: Duration?
    ) -> [String: Double] {
        var shares: [String: Duration] = [:]
        for (stage, time) in stages {
            switch stage {
            case .capture: shares[capture == nil ? "decode" : "receive"] = time
            case .detect: (shares["scale"], shares["detect"]) = (scaling, max(.zero, time - scaling))
            case .embed, .draw, .encode: shares[stage.rawValue] = time
            }
        }
        if let capture { shares["decode"] = capture }
        shares["other"] = max(.zero, total - shares.values.reduce(.zero, +))
        return shares.mapValues { ($0.milliseconds / Double(max(1, frames))).roundedToFourDecimals }
    }
}
