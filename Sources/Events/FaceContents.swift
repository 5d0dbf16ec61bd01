import VisageCore

/// What events about faces carry.
extension Event {
    /// The frame that an event is about.
    public struct FrameDetails: Codable, Sendable, Equatable {
        public var number: Int
        public var ptsMs: Int
        public var width: Int
        public var height: Int

        enum CodingKeys: String, CodingKey {
            case number, width, height
            case ptsMs = "pts_ms"
        }
    }

    /// Which track an event is about, and where its face was last seen.
    public struct Sighting: Codable, Sendable, Equatable {
        public var frame: FrameDetails
        public var track: Int
        /// `[x, y, width, height]` in pixels of the frame.
        public var box: [Double]
        /// Of the detector, 0...1.
        public var score: Double
        /// nil while nothing is being recorded.
        public var recording: RecordingPosition?
    }

    /// Who a face is, and on what grounds.
    public struct Finding: Codable, Sendable, Equatable {
        /// A person of the gallery; then there is no `unknownID`.
        public var name: String?
        public var unknownID: String?
        /// Of the SVM, 0...1; nil where there is no SVM.
        public var probability: Double?
        /// -1...1; nil without a gallery.
        public var similarity: Double?
        /// nil in a gallery of one person.
        public var margin: Double?
        /// Embeddings in the evidence.
        public var samples: Int

        public var subject: Subject { Subject(name: name, unknownID: unknownID) }

        enum CodingKeys: String, CodingKey {
            case name, probability, similarity, margin, samples
            case unknownID = "unknown_id"
        }

        /// nil if there is none, as in the event of a lost track that stayed undecided.
        init?(ifPresentIn decoder: any Decoder) throws {
            guard try decoder.container(keyedBy: CodingKeys.self).contains(.samples) else { return nil }
            try self.init(from: decoder)
        }
    }

    /// A name or an `unknown_id`; exactly one of them.
    public struct Subject: Codable, Sendable, Equatable {
        public var name: String?
        public var unknownID: String?

        enum CodingKeys: String, CodingKey {
            case name
            case unknownID = "unknown_id"
        }
    }

    /// Which verdict was replaced by which.
    public struct Revision: Codable, Sendable, Equatable {
        public var from: Subject
        public var to: Subject

        package init(from: Subject, to: Subject) {
            self.from = from
            self.to = to
        }
    }

    /// What remains of a track that was lost.
    public struct Departure: Codable, Sendable, Equatable {
        /// From the first to the last sighting.
        public var durationMs: Int
        public var best: View

        enum CodingKeys: String, CodingKey {
            case best
            case durationMs = "duration_ms"
        }
    }

    /// The best view of a track's face.
    public struct View: Codable, Sendable, Equatable {
        /// Frame number.
        public var frame: Int
        public var ptsMs: Int
        /// `[x, y, width, height]` in pixels of the frame.
        public var box: [Double]
        /// 0...1.
        public var quality: Double

        enum CodingKeys: String, CodingKey {
            case frame, box, quality
            case ptsMs = "pts_ms"
        }
    }

    /// All faces of a frame.
    public struct FrameContent: Codable, Sendable, Equatable {
        public var frame: FrameDetails
        public var faces: [FaceInFrame]
        /// nil while nothing is being recorded.
        public var recording: RecordingPosition?
    }

    /// A face in a `frame` event.
    public struct FaceInFrame: Codable, Sendable, Equatable {
        /// nil while the track is not confirmed, and while it is open whose face it is.
        public var track: Int?
        /// `[x, y, width, height]` in pixels of the frame.
        public var box: [Double]
        /// Of the detector, 0...1.
        public var score: Double
        public var name: String?
        public var unknownID: String?

        enum CodingKeys: String, CodingKey {
            case track, box, score, name
            case unknownID = "unknown_id"
        }
    }
}
