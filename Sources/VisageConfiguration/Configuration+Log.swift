import Logging

extension Configuration {
    /// `log`: what is logged.
    public struct Log: ConfigurationSection {
        /// The least severe messages that are logged.
        public var level = Logger.Level.info

        public init() {}

        enum CodingKeys: String, CodingKey {
            case level
        }

        static let choices = [CodingKeys.level.stringValue: Logger.Level.allCases.map(\.rawValue)]

        func validate() throws(ConfigurationProblem) {}
    }
}
