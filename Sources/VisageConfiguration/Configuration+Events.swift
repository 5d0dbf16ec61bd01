extension Configuration {
    /// `events`: the socket that events come from, and the log that keeps them.
    public struct Events: ConfigurationSection {
        /// The path of the Unix socket. Must not be empty.
        public var socket = "/run/visage/events.sock"
        /// Days after which an event is deleted from the log, 1 to 36,500.
        public var keepDays = 30
        /// The size of the log in MiB beyond which the oldest events are deleted, 1 to 1,000,000.
        public var keepMB = 1024

        public init() {}

        enum CodingKeys: String, CodingKey {
            case socket
            case keepDays = "keep_days"
            case keepMB = "keep_mb"
        }

        func validate() throws(ConfigurationProblem) {
            if socket.isEmpty { throw ConfigurationProblem(CodingKeys.socket, "is empty; events need a socket") }
            try ConfigurationProblem.check(keepDays, CodingKeys.keepDays, in: 1...36_500)
            try ConfigurationProblem.check(keepMB, CodingKeys.keepMB, in: 1...1_000_000)
        }
    }
}
