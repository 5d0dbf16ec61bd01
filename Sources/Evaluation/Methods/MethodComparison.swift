import Detection
import Foundation
import Inference
import ModelLoading
import Recognition
import VisageCore

/// Measures every detector with every single embedder and alignment, and with every fusion.
package struct MethodComparison {
    package private(set) var rows: [MethodRow] = []

    private let material: ComparisonMaterial
    private let networks: Networks

    /// - Parameters:
    ///   - embedders: names of embedders whose model files exist.
    ///   - alignments: of single embedders.
    ///   - oneThread: loads the same networks with one thread, to measure times.
    ///   - progress: shows the progress.
    /// - Throws: `VisageError`.
    package init(
        _ material: ComparisonMaterial, detectors: [DetectorKind], embedders: [String], alignments: [Alignment],
        networks: Networks, oneThread: () throws -> Networks, progress: ProgressStart
    ) throws {
        self.material = material
        self.networks = networks
        let times = try MethodTimes(material.frames, detectors, embedders, alignments, oneThread)
        let cache = CachingEmbedder.Cache()
        let compared = try ComparedEmbedders(embedders, alignments, networks) {
            CachingEmbedder(embedder: $0, cache: cache)
        }.all
        guard let first = compared.first else { return }
        let display = progress("Combinations", detectors.count * compared.count)
        for kind in detectors {
            func reader(_ input: Int) throws -> PhotoReader {
                try networks.photoReader(kind, embedder: first, input: input) { CachingDetector($0) }
            }
            let photos = try reader(PhotoReader.defaultInput)
            let images = try reader(Verification.detectorInput)
            for embedder in compared {
                var row = MethodRow(detector: kind.rawValue, embedder: embedder.origin)
                row.frameMs = times.frame(kind)
                row.faceMs = times.face(kind, embedder.origin)
                let verified = try verify(images.with(embedder))
                if let verified { row.add(verified) }
                let curve = embedder.impostors.isEmpty ? verified?.impostorRates ?? [] : embedder.impostors
                if let summary = try evaluate(kind, embedder, curve, photos.with(embedder)) { row.add(summary) }
                rows.append(row)
                display.update(rows.count)
            }
        }
        display.finish()
    }

    /// nil without pairs.
    private func verify(_ reader: PhotoReader) throws -> Verification? {
        guard let pairs = material.pairs, let images = material.images else { return nil }
        return try Verification(
            pairs,
            embeddings: reader.embeddings(
                of: pairs.images, in: images, concurrency: networks.concurrency, progress: { _ in }))
    }

    /// Trains a gallery and tests it with the probes; nil without photos, or without figures of impostors.
    private func evaluate(
        _ kind: DetectorKind, _ embedder: any GalleryEmbedder, _ curve: [ModelManifest.ImpostorRate],
        _ reader: PhotoReader
    ) throws -> GalleryEvaluation.Summary? {
        guard let train = material.train, let probes = material.probes, !curve.isEmpty else { return nil }
        let trainer = Trainer(
            reader: reader, embedder: embedder.origin,
            detector: try networks.detectorOrigin(kind, input: PhotoReader.defaultInput), curve: curve,
            concurrency: networks.concurrency)
        let scratch = URL(filePath: NSTemporaryDirectory(), directoryHint: .isDirectory)
            .appending(path: "visage-compare-\(getpid())", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let report = try trainer.train(train, earlier: nil, options: Trainer.Options(), progress: { _ in })
        try GalleryFile.write(report.gallery, to: scratch)
        let gallery = try GalleryFile.load(scratch)
        return try GalleryEvaluation(
            classifier: GalleryClassifier(gallery), people: gallery.people, reader: reader, photos: probes,
            strangers: nil, concurrency: networks.concurrency, progress: { _ in }
        ).summary
    }
}
