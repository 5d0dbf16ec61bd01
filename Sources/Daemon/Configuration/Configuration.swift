// Daemon puts the parts together: configuration, networks, cameras, sockets, and their life from start to stop.

import Capture
import Detection
import Foundation
import Inference
import VisageCore

/// `visaged.yaml`. Every key has a default; `systemd/visaged.yaml` shows them all with a comment each.
public struct Configuration: Codable, Sendable, Equatable {
    /// Where the event log lies.
    public var state = "/var/lib/visage"
    /// The gallery; empty: faces are followed, all are unknown.
    public var gallery = "/var/lib/visage/gallery"
    /// The folder of the models manifest; empty: beside the program.
    public var models = ""
    public var cameras: [Camera] = []
    public var events = Events()
    public var frames = Frames()
    public var recording = Recording()
    public var detection = Detection()
    public var tracking = Tracking()
    public var unknown = Unknown()
    public var inference = Inference()
    public var log = Log()

    public init() {}

    public struct Camera: Codable, Sendable, Equatable {
        public var name = "camera"
        /// A webcam's device file, an `rtsp://` address or a video file.
        public var source = ""
        /// Of webcams: what is asked for, in pixels and frames a second; what comes closest is taken.
        public var width = 1280
        public var height = 720
        public var fps = 30.0
        /// Of webcams: exposure, gain and the like by name.
        public var controls: [String: Int] = [:]
        /// Of network cameras: `tcp` or `udp`.
        public var transport = RTSPCamera.Transport.tcp
        /// Of network cameras: a file with the password; empty: it is in the address, or there is none.
        public var passwordFile = ""
        /// Of network cameras: the systemd credential with the password.
        public var passwordCredential = ""
        /// Of live cameras: seconds with the same picture after which it is started anew; 0: never.
        public var frozenAfter = 20.0
        /// Of files: `realtime` or `fast`.
        public var pace = Pace.realtime
        /// Of files: start over at the end.
        public var loop = false

        public init() {}

        enum CodingKeys: String, CodingKey {
            case name, source, width, height, fps, controls, transport, pace, loop
            case passwordFile = "password_file"
            case passwordCredential = "password_credential"
            case frozenAfter = "frozen_after"
        }
    }

    public enum Pace: String, Codable, Sendable, CaseIterable {
        case realtime, fast
    }

    public struct Events: Codable, Sendable, Equatable {
        public init() {}

        public var socket = "/run/visage/events.sock"
        public var keepDays = 30
        public var keepMB = 1024

        enum CodingKeys: String, CodingKey {
            case socket
            case keepDays = "keep_days"
            case keepMB = "keep_mb"
        }
    }

    public struct Frames: Codable, Sendable, Equatable {
        public init() {}

        /// Where each camera's `<name>.frames.sock` lies; empty: none.
        public var folder = "/run/visage"
        public var jpegQuality = 80

        enum CodingKeys: String, CodingKey {
            case folder
            case jpegQuality = "jpeg_quality"
        }
    }

    public struct Recording: Codable, Sendable, Equatable {
        public init() {}

        public var enabled = true
        /// Each camera has a folder of its own in it.
        public var folder = "/var/lib/visage/recordings"
        public var segmentMinutes = 10.0
        public var keepDays = 30
        public var keepMB = 10_240
        /// libx264's.
        public var preset = "superfast"
        /// libx264's constant rate factor: lower is better and larger.
        public var crf = 23

        enum CodingKeys: String, CodingKey {
            case enabled, folder, preset, crf
            case segmentMinutes = "segment_minutes"
            case keepDays = "keep_days"
            case keepMB = "keep_mb"
        }
    }

    public struct Detection: Codable, Sendable, Equatable {
        public init() {}

        /// `yunet`, `ssd` or `mtcnn`.
        public var detector = DetectorKind.yunet
        /// Pixels that the longer side of a frame is scaled to.
        public var input = 640
        /// A face with this score may begin a track; 0: what suits the detector.
        public var strongScore = 0.0
        /// A face with this score may continue one; 0: what suits the detector.
        public var weakScore = 0.0

        /// What tracks begin and go on with.
        var scores: (strong: Double, weak: Double) {
            let strong = strongScore > 0 ? strongScore : detector.scores.strong
            return (strong, weakScore > 0 ? weakScore : min(detector.scores.weak, strong))
        }

        enum CodingKeys: String, CodingKey {
            case detector, input
            case strongScore = "strong_score"
            case weakScore = "weak_score"
        }
    }

    public struct Tracking: Codable, Sendable, Equatable {
        public init() {}

        /// Sightings before a track counts.
        public var confirmAfter = 3
        /// Seconds that a face may be away before it is lost.
        public var lostAfter = 3.0

        enum CodingKeys: String, CodingKey {
            case confirmAfter = "confirm_after"
            case lostAfter = "lost_after"
        }
    }

    /// People who are not in the gallery.
    public struct Unknown: Codable, Sendable, Equatable {
        public init() {}

        /// Whether they are kept on disk; without, ids last until the daemon stops.
        public var keep = true
        /// Empty: `unknown` in the state folder.
        public var folder = ""
        /// An id comes back within so many days after its person was last seen.
        public var rememberDays = 30
        /// Views older than so many days are removed; 0: none are kept.
        public var viewsDays = 14
        /// Of one person.
        public var views = 5
        public var keepMB = 512

        enum CodingKeys: String, CodingKey {
            case keep, folder, views
            case rememberDays = "remember_days"
            case viewsDays = "views_days"
            case keepMB = "keep_mb"
        }
    }

    public struct Inference: Codable, Sendable, Equatable {
        public init() {}

        public var engine = Engine.openvino
        public var precision = OpenVINOEngine.Precision.auto
        /// Networks that run at once, one thread each; 0: as many as there are cores.
        public var threads = 0

        public enum Engine: String, Codable, Sendable, CaseIterable {
            case openvino, opencv
        }
    }

    public struct Log: Codable, Sendable, Equatable {
        public init() {}

        /// swift-log's: trace, debug, info, notice, warning, error, critical.
        public var level = "info"
    }
}

extension OpenVINOEngine.Precision: Codable {}
