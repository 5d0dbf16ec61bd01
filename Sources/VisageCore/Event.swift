import Foundation

/// The kinds of event; see `events.schema.json` for what each carries.
public enum EventType: String, Codable, Sendable, CaseIterable {
    case hello
    case appeared = "face.appeared"
    case identified = "face.identified"
    case unknown = "face.unknown"
    case revised = "face.revised"
    case lost = "face.lost"
    case sourceUp = "source.up"
    case sourceDown = "source.down"
    case frame
    case stats
    case status
    case gap
    case error

    /// Logged events have a `seq`; the others are about a connection or a moment.
    public var isLogged: Bool {
        switch self {
        case .hello, .frame, .stats, .status, .gap, .error: false
        default: true
        }
    }

    /// Sent only to subscribers that name the type.
    public var isOnRequest: Bool { self == .frame || self == .stats || self == .status }
}

/// One line on the event socket. Which keys are present depends on `type`; absent ones are not encoded.
public struct Event: Codable, Sendable, Equatable {
    /// The version of the schema that this program writes.
    public static let schemaVersion = 1

    public var schema = Event.schemaVersion
    /// Given by the log when the event is published.
    public var seq: Int64?
    public var run: String = ""
    public var type: EventType
    /// RFC 3339, UTC, milliseconds.
    public var time: String
    public var camera: String?

    public var frame: FrameReference?
    public var track: Int?
    /// `[x, y, w, h]` in pixels of the frame.
    public var box: [Double]?
    public var score: Double?

    public var name: String?
    public var unknownID: String?
    public var probability: Double?
    public var similarity: Double?
    public var margin: Double?
    public var samples: Int?

    public var from: Subject?
    public var to: Subject?

    public var durationMs: Int?
    public var best: View?
    public var recording: RecordingPosition?

    public var reason: String?
    /// What kind of error it is; what `reason` says may change.
    public var code: ErrorCode?
    public var attempt: Int?
    public var retryInMs: Int?

    public var faces: [FaceInFrame]?
    public var stats: Stats?
    public var status: Status?

    public var dropped: Int?
    public var since: Int64?

    public var version: String?
    public var cameras: [String]?
    public var feeds: [Feed]?
    public var tracks: [LiveTrack]?
    public var oldest: Int64?
    public var newest: Int64?

    public init(_ type: EventType, time: Date, camera: String? = nil) {
        self.type = type
        self.time = Event.format(time)
        self.camera = camera
    }

    /// The frame that an event is about.
    public struct FrameReference: Codable, Sendable, Equatable {
        public var number: Int
        public var ptsMs: Int
        public var width: Int
        public var height: Int

        public init(_ frame: Frame) {
            number = frame.number
            ptsMs = Int(frame.pts.milliseconds.rounded())
            width = frame.image.width
            height = frame.image.height
        }

        enum CodingKeys: String, CodingKey {
            case number, width, height
            case ptsMs = "pts_ms"
        }
    }

    /// A name or an `unknown_id`; exactly one of them.
    public struct Subject: Codable, Sendable, Equatable {
        public var name: String?
        public var unknownID: String?

        public init(_ identity: Identity) { self.init(name: identity.name, unknownID: identity.unknownID) }

        package init(name: String?, unknownID: String?) {
            self.name = name
            self.unknownID = unknownID
        }

        enum CodingKeys: String, CodingKey {
            case name
            case unknownID = "unknown_id"
        }
    }

    /// The best view that a track had of its face.
    public struct View: Codable, Sendable, Equatable {
        /// Frame number.
        public var frame: Int
        public var ptsMs: Int
        public var box: [Double]
        /// 0...1.
        public var quality: Double

        public init(frame: Int, ptsMs: Int, box: [Double], quality: Double) {
            self.frame = frame
            self.ptsMs = ptsMs
            self.box = box
            self.quality = quality
        }

        enum CodingKeys: String, CodingKey {
            case frame, box, quality
            case ptsMs = "pts_ms"
        }
    }

    /// A face in a `frame` event.
    public struct FaceInFrame: Codable, Sendable, Equatable {
        /// nil while the track is not confirmed, and while it is open whose face it is.
        public var track: Int?
        public var box: [Double]
        public var score: Double
        public var name: String?
        public var unknownID: String?

        public init(track: Int?, box: [Double], score: Double, identity: Identity?) {
            self.track = track
            self.box = box
            self.score = score
            name = identity?.name
            unknownID = identity?.unknownID
        }

        enum CodingKeys: String, CodingKey {
            case track, box, score, name
            case unknownID = "unknown_id"
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

        public init(camera: String, track: Int, identity: Identity?) {
            self.camera = camera
            self.track = track
            name = identity?.name
            unknownID = identity?.unknownID
        }

        enum CodingKeys: String, CodingKey {
            case camera, track, name
            case unknownID = "unknown_id"
        }
    }

    /// How one camera has done since the last `stats` event.
    public struct Stats: Codable, Sendable, Equatable {
        public var fps: Double
        /// From capture to publication.
        public var latencyP50Ms: Double
        public var latencyP99Ms: Double
        /// Sound frames that were not looked at, because newer ones were there.
        public var skipped: Int
        /// Frames left out because they were damaged.
        public var damaged: Int
        /// Frames that the camera counted and that never came.
        public var missed: Int
        /// Frames that were looked at but not recorded, because the recorder was too slow.
        public var unrecorded: Int
        /// Embedding jobs in flight.
        public var queued: Int
        /// Events dropped because subscribers were slow.
        public var eventsDropped: Int

        public init(
            fps: Double, latencyP50Ms: Double, latencyP99Ms: Double, skipped: Int, damaged: Int, missed: Int,
            unrecorded: Int, queued: Int, eventsDropped: Int
        ) {
            self.fps = fps
            self.latencyP50Ms = latencyP50Ms
            self.latencyP99Ms = latencyP99Ms
            self.skipped = skipped
            self.damaged = damaged
            self.missed = missed
            self.unrecorded = unrecorded
            self.queued = queued
            self.eventsDropped = eventsDropped
        }

        enum CodingKeys: String, CodingKey {
            case fps, skipped, damaged, missed, unrecorded, queued
            case latencyP50Ms = "latency_p50_ms"
            case latencyP99Ms = "latency_p99_ms"
            case eventsDropped = "events_dropped"
        }
    }

    enum CodingKeys: String, CodingKey {
        case schema, seq, run, type, time, camera, frame, track, box, score, name, probability, similarity, margin
        case samples, from, to, best, recording, reason, attempt, faces, stats, status, dropped, since, version, cameras
        case feeds, tracks, oldest, newest, code
        case unknownID = "unknown_id"
        case durationMs = "duration_ms"
        case retryInMs = "retry_in_ms"
    }
}

extension Event {
    /// RFC 3339 in UTC with milliseconds.
    public static func format(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The event as one line of JSON, keys sorted, without the newline.
    public func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Sets who the event is about and on what grounds.
    public mutating func describe(_ verdict: Verdict) {
        name = verdict.identity.name
        unknownID = verdict.identity.unknownID
        probability = verdict.match?.probability.map { Event.rounded($0) }
        similarity = verdict.match.map { Event.rounded($0.similarity) }
        margin = verdict.match?.margin.map { Event.rounded($0) }
        samples = verdict.samples
    }

    /// Four decimals: more would be noise.
    public static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

    /// What `coordinates` say; an empty box if they are not four numbers.
    public static func box(_ coordinates: [Double]) -> BoundingBox {
        guard coordinates.count == 4 else { return BoundingBox(x: 0, y: 0, width: 0, height: 0) }
        return BoundingBox(x: coordinates[0], y: coordinates[1], width: coordinates[2], height: coordinates[3])
    }

    /// `[x, y, w, h]`, a tenth of a pixel.
    public static func coordinates(_ box: BoundingBox) -> [Double] {
        [box.x, box.y, box.width, box.height].map { ($0 * 10).rounded() / 10 }
    }
}
