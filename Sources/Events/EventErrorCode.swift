extension Event {
    /// What kind of error an `error` event tells of. Not an enumeration, so that a code that only a newer version knows can
    /// be read.
    public struct ErrorCode: RawRepresentable, Codable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// The request is malformed, or names a type or camera that does not exist.
        public static let badRequest = ErrorCode(rawValue: "bad_request")
        /// The request came when the wait for it was over; connecting anew and sending it at once helps.
        public static let lateRequest = ErrorCode(rawValue: "late_request")
        /// The subscriber has sent more than a request can be; nothing more is read from it.
        public static let requestTooLong = ErrorCode(rawValue: "request_too_long")
        /// There are as many subscribers as there may be; the connection is closed, trying again later may help.
        public static let tooManySubscribers = ErrorCode(rawValue: "too_many_subscribers")
        /// The log cannot be read: events from now on come, earlier ones do not.
        public static let logUnreadable = ErrorCode(rawValue: "log_unreadable")

        /// All that this version knows.
        public static let all = [badRequest, lateRequest, requestTooLong, tooManySubscribers, logUnreadable]
    }
}
