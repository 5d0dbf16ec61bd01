import VisageCore

/// Says which frames of a camera are worth learning a person from: one face, whole, near, sharp, not in profile, the
/// same person as before, and a view that differs from those there are.
public struct EnrollmentJudge {
    /// What was seen, for the person in front of the camera.
    public struct Look: Sendable {
        /// Of the only or largest face, in pixels of the frame; nil if there is none.
        public var face: Face?
        public var quality: FaceQuality?
        public var outcome: Outcome
    }

    public enum Outcome: Sendable {
        case accepted
        /// With what to do about it.
        case refused(String)
    }

    /// Pixels of the face's short side. FaceNet sees 160; of less than this too little is left to learn from.
    private static let minSide = 60.0
    /// Another face of this share of the first one's side is a second person.
    private static let rivalShare = 0.33
    private static let minScore = 0.7
    private static let minCompleteness = 0.99
    private static let minPose = 0.35
    private static let minSharpness = 0.5
    private static let minClarity = 0.5
    /// FaceNet-128's cosine to one accepted before, above which a view teaches nothing new: frames of a face at rest are at 0.98.
    private static let tooAlike = 0.95
    /// Cosine to the mean of those accepted, below which it is somebody else: FAR 1e-3 lies at 0.5, and what stands in
    /// one person's place within a minute is no random stranger.
    private static let anotherPerson = 0.4

    private let reader: PhotoReader
    private var accepted: [Embedding]

    /// - Parameter accepted: photos that are there from before
    public init(reader: PhotoReader, accepted: [Embedding] = []) {
        self.reader = reader
        self.accepted = accepted
    }

    /// - Throws: `VisageError` (engine).
    public mutating func judge(_ picture: PixelBuffer) throws -> Look {
        let faces = try reader.faces(in: picture).sorted { $0.box.area > $1.box.area }
        guard let face = faces.first else { return Look(outcome: .refused("no face in view")) }
        var quality = FaceQuality(of: face, in: picture)
        func refused(_ reason: String) -> Look { Look(face: face, quality: quality, outcome: .refused(reason)) }
        guard faces.dropFirst().allSatisfy({ $0.box.shortSide < Self.rivalShare * face.box.shortSide }) else {
            return refused("several faces: only one person may be in view")
        }
        guard face.box.shortSide >= Self.minSide else { return refused("too small: come closer") }
        guard quality.completeness >= Self.minCompleteness else { return refused("not whole: move to the middle") }
        guard quality.pose >= Self.minPose else { return refused("turned away: look more towards the camera") }
        guard face.score >= Self.minScore else { return refused("not clear: more light may help") }
        let sample = try reader.sample(face, in: picture)
        quality = sample.quality
        guard quality.sharpness >= Self.minSharpness else { return refused("blurred: hold still") }
        guard quality.clarity >= Self.minClarity else { return refused("not clear: uncover the face") }
        if let mean = Embedding.mean(accepted.map { ($0, 1) }), mean.similarity(sample.embedding) < Self.anotherPerson {
            return refused("another person than before")
        }
        guard accepted.allSatisfy({ $0.similarity(sample.embedding) < Self.tooAlike }) else {
            return refused("like one before: turn your head a little")
        }
        accepted.append(sample.embedding)
        return Look(face: face, quality: quality, outcome: .accepted)
    }
}
