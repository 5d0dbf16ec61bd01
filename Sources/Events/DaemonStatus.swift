import VisageCore

extension Event {
    /// How the daemon does: a `status` event's body, for people who look after it.
    public struct Status: Codable, Sendable, Equatable {
        /// RFC 3339, UTC.
        public var started: String
        /// Of inference: name, version and arithmetic.
        public var engine: String
        /// By what they are for: the model's id.
        public var models: [String: String]
        public var cameras: [Camera]
        public var gallery: Gallery?
        public var log: Log?
        public var unknown: Unknown?
        public var subscribers: [Subscriber]
        public var disks: [Disk]?
        public var clock: Clock?

        public init(
            started: String, engine: String, models: [String: String], cameras: [Camera], gallery: Gallery?,
            log: Log? = nil, unknown: Unknown? = nil, subscribers: [Subscriber] = []
        ) {
            self.started = started
            self.engine = engine
            self.models = models
            self.cameras = cameras
            self.gallery = gallery
            self.log = log
            self.unknown = unknown
            self.subscribers = subscribers
        }

        /// One camera.
        public struct Camera: Codable, Sendable, Equatable {
            public var camera: String
            /// Without credentials.
            public var source: String
            public var isUp: Bool
            /// Why it is down.
            public var reason: String?
            public var width: Int?
            public var height: Int?
            /// Over the last ten seconds or so.
            public var fps: Double
            /// Since the newest frame was taken.
            public var ageMs: Int?
            /// Frames since the start that were not looked at, see `Stats`.
            public var skipped: Int
            public var damaged: Int
            public var missed: Int
            public var unrecorded: Int
            /// How often it went down within the last hour.
            public var outagesLastHour: Int
            public var recording: Recording?
            public var totals: Totals?

            public init(camera: String, source: String, isUp: Bool, reason: String?, losses: SourceLosses) {
                self.camera = camera
                self.source = source
                self.isUp = isUp
                self.reason = reason
                (skipped, damaged, missed) = (losses.skipped, losses.damaged, losses.missed)
                (fps, unrecorded, outagesLastHour) = (0, 0, 0)
            }

            enum CodingKeys: String, CodingKey {
                case camera, source, reason, width, height, fps, skipped, damaged, missed, unrecorded, recording, totals
                case isUp = "up"
                case ageMs = "age_ms"
                case outagesLastHour = "outages_last_hour"
            }
        }

        /// Counts of one camera since it was started.
        public struct Totals: Codable, Sendable, Equatable {
            /// Frames that were published.
            public var frames: Int
            /// Faces in them.
            public var faces: Int
            public var embeddings: Int
            /// Upper bounds in milliseconds, of the classes of `latencies`.
            public var latencyBoundsMs: [Double]
            /// Frames by the time from capture to publication; one class more than there are bounds, for those above.
            public var latencies: [Int]
            /// Of all these times.
            public var latencySumMs: Double

            public init(
                frames: Int, faces: Int, embeddings: Int, latencyBoundsMs: [Double], latencies: [Int],
                latencySumMs: Double
            ) {
                self.frames = frames
                self.faces = faces
                self.embeddings = embeddings
                self.latencyBoundsMs = latencyBoundsMs
                self.latencies = latencies
                self.latencySumMs = latencySumMs
            }

            enum CodingKeys: String, CodingKey {
                case frames, faces, embeddings, latencies
                case latencyBoundsMs = "latency_bounds_ms"
                case latencySumMs = "latency_sum_ms"
            }
        }

        /// Where a camera is being recorded.
        public struct Recording: Codable, Sendable, Equatable {
            public var folder: String
            /// nil while nothing is being written.
            public var file: String?
            /// On that file system, for us.
            public var freeMB: Int?
            /// Why nothing is.
            public var problem: String?

            public init(folder: String, file: String?, freeMB: Int?, problem: String? = nil) {
                self.folder = folder
                self.file = file
                self.freeMB = freeMB
                self.problem = problem
            }

            enum CodingKeys: String, CodingKey {
                case folder, file, problem
                case freeMB = "free_mb"
            }
        }

        /// Where events are logged.
        public struct Log: Codable, Sendable, Equatable {
            public var path: String
            /// On that file system, for us.
            public var freeMB: Int?
            /// Why they go out without being logged at present.
            public var problem: String?

            public init(path: String, freeMB: Int?, problem: String? = nil) {
                self.path = path
                self.freeMB = freeMB
                self.problem = problem
            }

            enum CodingKeys: String, CodingKey {
                case path, problem
                case freeMB = "free_mb"
            }
        }

        /// A file system that the daemon writes to.
        public struct Disk: Codable, Sendable, Equatable {
            /// What is on it: `log`, `recordings`, `unknown`.
            public var holds: [String]
            /// For us.
            public var freeMB: Int
            /// What is to be kept free.
            public var keepFreeMB: Int
            /// Recordings that were deleted to keep it free, since the start.
            public var deleted: Int
            public var deletedMB: Int
            /// Why there is too little space, if there is.
            public var problem: String?

            public init(
                holds: [String], freeMB: Int, keepFreeMB: Int, deleted: Int, deletedMB: Int, problem: String? = nil
            ) {
                self.holds = holds
                self.freeMB = freeMB
                self.keepFreeMB = keepFreeMB
                self.deleted = deleted
                self.deletedMB = deletedMB
                self.problem = problem
            }

            enum CodingKeys: String, CodingKey {
                case holds, deleted, problem
                case freeMB = "free_mb"
                case keepFreeMB = "keep_free_mb"
                case deletedMB = "deleted_mb"
            }
        }

        /// Whether the wall clock decides what is old enough to be deleted.
        public struct Clock: Codable, Sendable, Equatable {
            public var isTrusted: Bool
            /// For how long it still has to prove itself; nil if it is trusted.
            public var missingHours: Double?

            public init(isTrusted: Bool, missingHours: Double?) {
                self.isTrusted = isTrusted
                self.missingHours = missingHours
            }

            enum CodingKeys: String, CodingKey {
                case isTrusted = "trusted"
                case missingHours = "missing_hours"
            }
        }

        public struct Gallery: Codable, Sendable, Equatable {
            public var path: String
            public var people: Int
            public var threshold: Double

            public init(path: String, people: Int, threshold: Double) {
                self.path = path
                self.people = people
                self.threshold = threshold
            }
        }

        /// Who is not in the gallery and is known again.
        public struct Unknown: Codable, Sendable, Equatable {
            public var people: Int
            public var views: Int
            /// Views that were not kept because the disk was too slow.
            public var dropped: Int
            /// Cosine that brings an id back; nil where nothing is known of the embedder.
            public var threshold: Double?
            /// Pairs of different people who are as similar.
            public var far: Double?

            public init(people: Int, views: Int, dropped: Int, threshold: Double?, far: Double?) {
                self.people = people
                self.views = views
                self.dropped = dropped
                self.threshold = threshold
                self.far = far
            }
        }

        /// Who reads events.
        public struct Subscriber: Codable, Sendable, Equatable {
            /// Events behind the newest.
            public var lag: Int

            public init(lag: Int) { self.lag = lag }
        }
    }
}
