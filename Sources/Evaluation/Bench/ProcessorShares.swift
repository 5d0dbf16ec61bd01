import Pipeline
import VisageCore

/// What the stages of the pipeline take of the processor.
package enum ProcessorShares {
    /// - Parameters:
    ///   - total: of the daemon, and of the capture processes where there are any.
    ///   - stages: of the daemon's threads.
    ///   - networks: of the threads that run networks, for detecting and for embedding.
    ///   - scaling: the part of `detect` that scales.
    ///   - capture: of the capture processes, which receive and decode; nil for a file, which the daemon decodes.
    /// - Returns: milliseconds a frame by stage; `other` is what remains of the total.
    package static func perFrame(
        frames: Int, total: Duration, stages: [PipelineStatistics.Stage: Duration],
        networks: (detect: Duration, embed: Duration) = (.zero, .zero), scaling: Duration, capture: Duration?
    ) -> [String: Double] {
        var shares: [String: Duration] = [:]
        for (stage, time) in stages {
            switch stage {
            case .capture: shares[capture == nil ? "decode" : "receive"] = time
            case .detect: (shares["scale"], shares["detect"]) = (scaling, max(.zero, time - scaling) + networks.detect)
            case .embed: shares["embed"] = time + networks.embed
            case .draw, .encode: shares[stage.rawValue] = time
            }
        }
        if let capture { shares["decode"] = capture }
        shares["other"] = max(.zero, total - shares.values.reduce(.zero, +))
        return shares.mapValues { ($0.milliseconds / Double(max(1, frames))).roundedToFourDecimals }
    }

    /// The times of the networks' threads between two moments, for detecting and for embedding: networks that are no
    /// detector embed.
    /// - Parameter detector: the beginning of the names of the detector's networks.
    static func networks(
        from before: [String: Duration], to after: [String: Duration], detector: String
    ) -> (detect: Duration, embed: Duration) {
        after.reduce(into: (.zero, .zero)) { sums, network in
            let time = network.value - (before[network.key] ?? .zero)
            if network.key.hasPrefix(detector) { sums.detect += time } else { sums.embed += time }
        }
    }
}
