import Recognition

/// The figures of one combination of detector, embedder and alignment; keys as `visage compare --json` prints them.
package struct MethodRow: Encodable {
    package let detector: String
    package let embedder: String
    /// For a fusion, the alignment of each part.
    package let alignment: String
    /// Number of probe photos, and how many were given the right name.
    package private(set) var probes: Int?
    package private(set) var correct: Int?
    /// As `visage verify` prints them.
    package private(set) var accuracy: Double?
    package private(set) var tar: [String: Double]?
    /// Cosine similarity by false accept rate, in the form of the model manifest.
    package private(set) var similarity: [String: Double]?
    package private(set) var noFace: Int?
    /// Milliseconds of one thread for a frame of the clip, with all steps of the detector.
    package var frameMs: Double?
    /// Milliseconds of one thread for a face in it, from the frame to the embedding.
    package var faceMs: Double?

    enum CodingKeys: String, CodingKey {
        case detector, embedder, alignment, probes, correct, accuracy, tar, similarity
        case noFace = "no_face"
        case frameMs = "frame_ms"
        case faceMs = "face_ms"
    }

    package init(detector: String, embedder: EmbedderOrigin) {
        self.detector = detector
        self.embedder = embedder.id
        alignment = embedder.crop
    }

    package mutating func add(_ verification: Verification) {
        (accuracy, tar) = (verification.summary.accuracyMean, verification.summary.tar)
        (similarity, noFace) = (verification.similarity, verification.summary.noFace)
    }

    package mutating func add(_ evaluation: GalleryEvaluation.Summary) {
        (probes, correct) = (evaluation.photos, evaluation.correct)
    }
}
