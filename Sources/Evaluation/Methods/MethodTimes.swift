import Detection
import Events
import ModelLoading
import Recognition
import VisageCore

/// Time of each method in milliseconds of one thread.
struct MethodTimes {
    private var times: [String: Double] = [:]

    /// Time per frame, with all steps of the detector; nil if there were no frames to measure on.
    func frame(_ kind: DetectorKind) -> Double? { times[kind.rawValue] }

    /// Time per face found by that detector, from the frame to the embedding.
    func face(_ kind: DetectorKind, _ embedder: EmbedderOrigin) -> Double? { times[Self.key(kind, embedder)] }

    private static func key(_ kind: DetectorKind, _ embedder: EmbedderOrigin) -> String {
        "\(kind.rawValue) \(embedder.id) \(embedder.crop)"
    }

    /// - Parameter networks: with one thread; not called if there are no frames.
    /// - Throws: `VisageError`.
    init(
        _ frames: [PixelBuffer], _ detectors: [DetectorKind], _ embedders: [String], _ alignments: [Alignment],
        _ networks: () throws -> Networks
    ) throws {
        guard !frames.isEmpty else { return }
        let networks = try networks()
        let compared = try ComparedEmbedders(embedders, alignments, networks).all
        for kind in detectors {
            let detector = try networks.detector(kind, DetectorOptions())
            times[kind.rawValue] = try StepsAlone.best {
                for frame in frames { _ = try detector.detect(in: frame) }
                return frames.count
            }
            let faces = try frames.flatMap { frame in
                try detector.detect(in: frame).filter { $0.score >= kind.scores.strong }.prefix(1).map { ($0, frame) }
            }
            for embedder in compared {
                times[Self.key(kind, embedder.origin)] = try StepsAlone.best {
                    for (face, frame) in faces { _ = try embedder.sample(face, in: frame) }
                    return faces.count
                }
            }
        }
        times = times.mapValues(\.roundedToFourDecimals)
    }
}
