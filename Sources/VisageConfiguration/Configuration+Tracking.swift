extension Configuration {
    /// `tracking`: when a face counts, and for how long it may be away.
    public struct Tracking: ConfigurationSection {
        /// Frames with the face before its track is confirmed and reported, 1 to 100.
        public var confirmAfter = 3
        /// Seconds that a face may be away before its track is lost, 0.1 to 3600.
        public var lostAfter = 3.0

        public init() {}

        enum CodingKeys: String, CodingKey {
            case confirmAfter = "confirm_after"
            case lostAfter = "lost_after"
        }

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(confirmAfter, CodingKeys.confirmAfter, in: 1...100)
            try ConfigurationProblem.check(lostAfter, CodingKeys.lostAfter, in: 0.1...3600)
        }
    }
}
