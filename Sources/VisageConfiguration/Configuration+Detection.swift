import VisageCore

extension Configuration {
    /// `detection`: how faces are found in a frame.
    public struct Detection: ConfigurationSection, Hashable {
        public var detector = DetectorKind.yunet
        /// Pixels that the longer side of a frame is scaled to before faces are detected, 64 to 2048.
        public var input = 640
        /// The score with which a face may begin a track, 0.05 to 1. 0: the detector's own default.
        public var strongScore = 0.0
        /// The score with which a face may continue a track, 0.05 to the strong score. 0: the detector's own default,
        /// or the strong score if that is lower.
        public var weakScore = 0.0

        public init() {}

        enum CodingKeys: String, CodingKey {
            case detector, input
            case strongScore = "strong_score"
            case weakScore = "weak_score"
        }

        static let choices = [CodingKeys.detector.stringValue: DetectorKind.allCases.map(\.rawValue)]

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(input, CodingKeys.input, in: 64...2048)
            if strongScore != 0 {
                try ConfigurationProblem.check(strongScore, CodingKeys.strongScore, in: 0.05...1)
            }
            if weakScore != 0 {
                try ConfigurationProblem.check(weakScore, CodingKeys.weakScore, in: 0.05...scores.strong)
            }
        }

        /// The scores in use, with the detector's own defaults filled in.
        package var scores: (strong: Double, weak: Double) {
            let strong = strongScore > 0 ? strongScore : detector.scores.strong
            return (strong, weakScore > 0 ? weakScore : min(detector.scores.weak, strong))
        }
    }
}
