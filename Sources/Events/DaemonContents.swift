/// What events about the daemon, its cameras and a connection carry.
extension Event {
    /// The greeting of a new subscriber.
    public struct Hello: Codable, Sendable, Equatable {
        public var version: String
        /// All that may publish.
        public var cameras: [String]
        public var feeds: [Feed]?
        public var tracks: [LiveTrack]
        /// The lowest `seq` in the log; above `newest` if the log is empty.
        public var oldest: Int64
        /// The last `seq` that was used; 0 before the first.
        public var newest: Int64
        /// Which numbering `seq` belongs to; nil from a daemon of version 0.1.
        public var epoch: String?

        public init(
            version: String, cameras: [String], feeds: [Feed]?, tracks: [LiveTrack], oldest: Int64, newest: Int64,
            epoch: String? = nil
        ) {
            self.epoch = epoch
            self.version = version
            self.cameras = cameras
            self.feeds = feeds
            self.tracks = tracks
            self.oldest = oldest
            self.newest = newest
        }
    }

    /// Where a camera's pictures come from, and where they can be had.
    public struct Feed: Codable, Sendable, Equatable {
        public var camera: String
        /// Device, address without credentials, or file.
        public var source: String
        /// The Unix socket with its frames as they are, multipart MJPEG; nil if there is none.
        public var clean: String?

        public init(camera: String, source: String, clean: String?) {
            self.camera = camera
            self.source = source
            self.clean = clean
        }
    }

    /// A face that is being followed while somebody connects.
    public struct LiveTrack: Codable, Sendable, Equatable {
        public var camera: String
        public var track: Int
        public var name: String?
        public var unknownID: String?

        /// - Parameter subject: nil while the track is undecided.
        public init(camera: String, track: Int, subject: Subject?) {
            self.camera = camera
            self.track = track
            name = subject?.name
            unknownID = subject?.unknownID
        }

        enum CodingKeys: String, CodingKey {
            case camera, track, name
            case unknownID = "unknown_id"
        }
    }

    /// Why a source does not deliver.
    public struct SourceDown: Codable, Sendable, Equatable {
        /// For a person; the wording may change.
        public var reason: String?
        /// 1 for the failure that began the outage; nil if the source is not tried again.
        public var attempt: Int?
        public var retryInMs: Int?

        public init(reason: String?, attempt: Int? = nil, retryInMs: Int? = nil) {
            self.reason = reason
            self.attempt = attempt
            self.retryInMs = retryInMs
        }

        enum CodingKeys: String, CodingKey {
            case reason, attempt
            case retryInMs = "retry_in_ms"
        }
    }

    /// Events that a subscriber did not get.
    public struct Gap: Codable, Sendable, Equatable {
        public var dropped: Int
        /// What to ask for to get those of them that the log has.
        public var since: Int64

        public init(dropped: Int, since: Int64) {
            self.dropped = dropped
            self.since = since
        }
    }

    /// Why a subscriber does not get what it asked for.
    public struct Failure: Codable, Sendable, Equatable {
        /// What kind of error it is; programs go by it.
        public var code: ErrorCode
        /// For a person; the wording may change.
        public var reason: String

        public init(code: ErrorCode, reason: String) {
            self.code = code
            self.reason = reason
        }
    }
}
