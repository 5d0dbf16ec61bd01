import Detection
import ModelLoading
import Recognition
import VisageCore

/// The parts of the pipeline that several runs share.
package struct TrackRunParts {
    package let detector: any FaceDetector
    let scores: DetectorKind.Scores
    let embedder: any GalleryEmbedder
    /// nil: nobody is enrolled, so everybody is unknown.
    var classifier: GalleryClassifier?
    let concurrency: Int

    /// - Throws: `VisageError` (model).
    package init(
        _ networks: Networks, detector kind: DetectorKind, embedder: any GalleryEmbedder,
        classifier: GalleryClassifier?
    ) throws {
        var options = DetectorOptions()
        options.minimumScore = kind.scores.weak
        detector = try networks.detector(kind, options)
        scores = kind.scores
        self.embedder = embedder
        self.classifier = classifier
        concurrency = networks.concurrency
    }
}
