import Detection
import Foundation
import Inference
import Recognition
import VisageCore

/// The engine and the networks that a configuration asks for; shared by all cameras and commands.
public struct Networks: Sendable {
    public let engine: any InferenceEngine
    public let store: ModelStore
    /// How many networks may run at once, one thread each.
    public let concurrency: Int

    /// - Throws: `VisageError` (model, engine).
    public init(_ inference: Configuration.Inference = .init(), models: String = "") throws {
        store = try ModelStore(folder: models.isEmpty ? nil : URL(filePath: models))
        let cores = ProcessInfo.processInfo.activeProcessorCount
        concurrency = inference.threads > 0 ? min(inference.threads, cores) : cores
        engine =
            switch inference.engine {
            case .openvino: try OpenVINOEngine(precision: inference.precision, concurrency: concurrency)
            case .opencv: try OpenCVEngine(concurrency: concurrency)
            }
    }

    /// Engine and arithmetic.
    var description: String { "\(engine.name) \(engine.precision), \(concurrency) at once" }

    /// The engine that was asked for, or OpenCV for what that cannot read.
    private func engine(for model: Model) throws -> any InferenceEngine {
        model.entry.engines.contains(engine.name) ? engine : try OpenCVEngine(concurrency: concurrency)
    }

    /// - Throws: `VisageError` (model).
    public func detector(_ kind: DetectorKind, _ options: DetectorOptions) throws -> any SteppedDetector {
        try kind.detector(options, store: store, engine: engine(for:))
    }

    /// For photos, which come in all shapes.
    /// - Parameters:
    ///   - input: pixels that the longer side of a photo is scaled to.
    ///   - wrap: what is put around its detectors.
    /// - Throws: `VisageError` (model).
    public func photoReader(
        _ kind: DetectorKind, embedder: any FaceEmbedder, input: Int,
        wrap: (any FaceDetector) -> any FaceDetector = { $0 }
    ) throws -> PhotoReader {
        var options = DetectorOptions()
        options.square = true
        options.input = input
        let detector = wrap(try detector(kind, options))
        options.input = max(64, input / 2)
        // SSD sees the same at any size.
        let coarse = kind == .ssd ? detector : wrap(try self.detector(kind, options))
        return PhotoReader(
            detector: detector, coarse: coarse, embedder: embedder, minimumScore: kind.scores.photo)
    }

    /// What a gallery records of the detector.
    public func detectorOrigin(_ kind: DetectorKind, input: Int) throws -> Gallery.DetectorOrigin {
        let model = try store.model(kind.galleryID)
        return Gallery.DetectorOrigin(id: model.id, sha256: model.sha256, input: input)
    }
}

extension Networks {
    /// - Parameters:
    ///   - id: in the manifest; nil for the default one.
    ///   - alignment: nil for the one that suits the network best.
    /// - Throws: `VisageError` (model).
    public func embedder(_ id: String? = nil, alignment: Alignment? = nil) throws -> NetworkEmbedder {
        let embedders = store.manifest.models.filter { $0.task == "embed" }
        guard let entry = embedders.first(where: { id.map($0.id.elementsEqual) ?? $0.isDefault }) else {
            throw VisageError(
                .model,
                "There is no embedder `\(id ?? "by default")`; the manifest has "
                    + embedders.map(\.id).joined(separator: ", "))
        }
        let model = store.model(entry)
        var options = DetectorOptions()
        // It sees a face and its surroundings only.
        options.input = 160
        options.square = true
        let landmarks = LandmarkFinder(detector: try detector(.yunet, options))
        return try NetworkEmbedder(model, engine: engine(for: model), alignment: alignment, landmarks: landmarks)
    }

    /// The embedder that made a gallery, with its alignment.
    /// - Parameter path: for messages.
    /// - Throws: `VisageError` (gallery) if it cannot be had.
    public func embedder(of gallery: Gallery, path: String) throws -> NetworkEmbedder {
        let origin = gallery.description.embedder
        func refused(_ reason: String) -> VisageError {
            VisageError(
                .gallery, "The gallery \(path) was made with \(origin.id) (alignment \(origin.crop)), \(reason)")
        }
        guard store.manifest.models.contains(where: { $0.id == origin.id && $0.task == "embed" }) else {
            throw refused("which the models' manifest does not have; train it anew")
        }
        guard let alignment = Alignment(rawValue: origin.crop) else {
            throw refused("an alignment that this program does not know; train it anew")
        }
        let embedder: NetworkEmbedder
        do {
            embedder = try self.embedder(origin.id, alignment: alignment)
        } catch let error as VisageError where error.code == .model {
            throw refused("which cannot be used: \(error)")
        }
        try gallery.check(embedder.origin, path: path)
        return embedder
    }

    /// The embedder of the gallery in a folder; the default one where there is no gallery (yet).
    /// - Parameter gallery: the folder; empty for none.
    /// - Throws: `VisageError` (model, gallery).
    func embedder(galleryAt gallery: String) throws -> NetworkEmbedder {
        guard !gallery.isEmpty else { return try embedder() }
        do {
            return try embedder(
                of: GalleryFile.load(URL(filePath: gallery, directoryHint: .isDirectory)), path: gallery)
        } catch let error as VisageError where error.code == .notFound {
            return try embedder()
        }
    }
}
