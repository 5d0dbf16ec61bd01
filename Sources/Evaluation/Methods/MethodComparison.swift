import Daemon
import Detection
import Foundation
import Inference
import Recognition
import VisageCore

/// Measures every detector with every single embedder and alignment, and with every fusion.
struct MethodComparison {
    /// One combination; keys as `--json` prints them.
    struct Row: Encodable {
        var detector: String
        var embedder: String
        /// For a fusion, the alignment of each part.
        var alignment: String
        /// Number of probe photos, and how many were given the right name.
        var probes: Int?
        var correct: Int?
        /// As `visage verify` prints them.
        var accuracy: Double?
        var tar: [String: Double]?
        /// Cosine similarity by false accept rate, in the form of the model manifest.
        var similarity: [String: Double]?
        var noFace: Int?
        /// Milliseconds of one thread for a frame of the clip, with all steps of the detector.
        var frameMs: Double?
        /// Milliseconds of one thread for a face in it, from the frame to the embedding.
        var faceMs: Double?

        enum CodingKeys: String, CodingKey {
            case detector, embedder, alignment, probes, correct, accuracy, tar, similarity
            case noFace = "no_face"
            case frameMs = "frame_ms"
            case faceMs = "face_ms"
        }
    }

    private(set) var rows: [Row] = []

    /// - Parameters:
    ///   - embedders: by name; empty for all.
    ///   - alignments: of single embedders.
    /// - Throws: `VisageError`.
    init(
        _ material: ComparisonMaterial, detectors: [DetectorKind], embedders: [String], alignments: [Alignment],
        options: NetworkOptions
    ) throws {
        let networks = try options.load()
        let names = try ComparedEmbedders.present(embedders, networks)
        let times = try MethodTimes(material.frames, detectors, names, alignments, options)
        let memory = RememberingEmbedder.Memory()
        let compared = try ComparedEmbedders(names, alignments, networks) {
            RememberingEmbedder(embedder: $0, memory: memory)
        }.all
        guard let first = compared.first else { return }
        let progress = Progress("Combinations", total: detectors.count * compared.count)
        for kind in detectors {
            func reader(_ input: Int) throws -> PhotoReader {
                try networks.photoReader(kind, embedder: first, input: input) { RememberingDetector($0) }
            }
            let reader = (photos: try reader(NetworkOptions.photoInput), pairs: try reader(Verify.detectorInput))
            for embedder in compared {
                var row = Row(
                    detector: kind.rawValue, embedder: embedder.origin.id, alignment: embedder.origin.crop)
                row.frameMs = times.frame(kind)
                row.faceMs = times.face(kind, embedder.origin)
                var curve = embedder.impostors
                if let pairs = material.pairs, let images = material.images {
                    let verified = try Verification(
                        pairs,
                        embeddings: reader.pairs.with(embedder).embeddings(
                            of: pairs.images, in: images, concurrency: networks.concurrency, progress: { _ in }))
                    (row.accuracy, row.tar) = (verified.summary.accuracyMean, verified.summary.tar)
                    (row.similarity, row.noFace) = (verified.similarity, verified.summary.noFace)
                    if curve.isEmpty { curve = verified.impostorRates }
                }
                if let train = material.train, let probes = material.probes, !curve.isEmpty {
                    let trainer = Trainer(
                        reader: reader.photos.with(embedder), embedder: embedder.origin,
                        detector: try networks.detectorOrigin(kind, input: NetworkOptions.photoInput),
                        curve: curve, concurrency: networks.concurrency)
                    let answers = try Self.evaluate(
                        trainer, train, probes, reader.photos.with(embedder), networks.concurrency)
                    (row.probes, row.correct) = (answers.photos, answers.correct)
                }
                rows.append(row)
                progress.update(rows.count)
            }
        }
        progress.finish()
    }

    private static func evaluate(
        _ trainer: Trainer, _ train: FacesFolder, _ probes: FacesFolder, _ reader: PhotoReader, _ concurrency: Int
    ) throws -> Evaluation.Summary {
        let scratch = URL(filePath: NSTemporaryDirectory(), directoryHint: .isDirectory)
            .appending(path: "visage-compare-\(getpid())", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let report = try trainer.train(train, earlier: nil, options: Trainer.Options(), progress: { _ in })
        try GalleryFile.write(report.gallery, to: scratch)
        let gallery = try GalleryFile.load(scratch)
        return try Evaluation(
            classifier: GalleryClassifier(gallery), people: gallery.people, reader: reader, photos: probes,
            strangers: nil, concurrency: concurrency, progress: { _ in }
        ).summary
    }
}

extension MethodComparison {
    static func table(_ rows: [Row]) -> String {
        markdown(
            [
                "detector", "embedder", "alignment", "photos right", "pairs right", "TAR at FAR 1e-3", "ms a frame",
                "ms a face",
            ],
            rows.map { row in
                [
                    row.detector, row.embedder, row.alignment,
                    row.correct.map { "\($0) of \(row.probes ?? 0)" } ?? "–", decimals(row.accuracy, 4),
                    decimals(row.tar?["0.001"], 3), decimals(row.frameMs, 1), decimals(row.faceMs, 1),
                ]
            })
    }
}

extension Verification {
    /// The rates in the form of the model manifest.
    var impostorRates: [ModelManifest.ImpostorRate] {
        similarity.compactMap { rate, similarity in
            Double(rate).map { ModelManifest.ImpostorRate(far: $0, similarity: similarity) }
        }.sorted { $0.far > $1.far }
    }
}
