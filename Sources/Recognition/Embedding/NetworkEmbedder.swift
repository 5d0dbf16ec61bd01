// Recognition says who a face in a picture is: crop, embedding, quality, gallery, SVM, stranger rule, enrollment. It knows
// nothing of cameras, tracks, sockets or time.

import Imaging
import Inference
import VisageCore

/// An embedder as its entry of the models manifest describes it: size, color order, standardisation and crop of the
/// input. Another network comes in by another entry.
public final class NetworkEmbedder: FaceEmbedder {
    /// What made the embeddings of a gallery; others do not compare with them.
    public let origin: EmbedderOrigin
    /// How often different people are alike under this network.
    public let impostors: [ModelManifest.ImpostorRate]
    private let entry: ModelManifest.Entry
    private let network: any Network
    private let input: ModelManifest.Input
    private let crop: ModelManifest.Crop
    private let clarity: ModelManifest.Clarity?
    private let alignment: Alignment
    private let landmarks: LandmarkFinder?
    private let scaler = Scaler()

    /// - Parameters:
    ///   - alignment: nil for the one that suits the network best.
    ///   - landmarks: asked where the alignment needs landmarks and a face has none.
    /// - Throws: `VisageError` (model) if the network cannot be loaded, or is no embedder.
    public init(
        _ model: Model, engine: any InferenceEngine, alignment: Alignment? = nil, landmarks: LandmarkFinder? = nil
    ) throws {
        let entry = model.entry
        guard let crop = entry.crop, let own = Alignment(rawValue: crop.alignment), let output = entry.outputs.first,
            entry.task == "embed", entry.input.width > 0, entry.input.width == entry.input.height
        else {
            throw VisageError(
                .model,
                "\(model.id) is no embedder: its entry in the manifest needs a square input, an output and `crop`")
        }
        try model.verify()
        self.crop = crop
        input = entry.input
        clarity = entry.clarity
        self.alignment = alignment ?? own
        self.landmarks = landmarks
        impostors = entry.impostors(alignment: self.alignment.rawValue)
        self.entry = entry
        network = try engine.load(
            model, input: NetworkInput(width: input.width, height: input.height, layout: .planarFloats),
            // Engines name the only output of some formats in their own ways.
            outputs: entry.outputs.count > 1 ? [output.name] : [])
        origin = EmbedderOrigin(
            id: model.id, sha256: model.sha256, crop: self.alignment.rawValue,
            standardisation: input.standardisation.name,
            precision: model.isQuantized ? "int8" : engine.precision)
        let length = try network.run { $0.initializeMemory(as: UInt8.self, repeating: 0) }.first?.count
        guard length == output.shape.last else {
            throw VisageError(
                .model,
                "\(model.id) gives \(length ?? 0) numbers a face, its entry in the manifest promises "
                    + "\(output.shape.last ?? 0)")
        }
    }

    private init(_ other: NetworkEmbedder, _ alignment: Alignment) {
        self.alignment = alignment
        let made = other.origin
        origin = EmbedderOrigin(
            id: made.id, sha256: made.sha256, crop: alignment.rawValue, standardisation: made.standardisation,
            precision: made.precision)
        impostors = other.entry.impostors(alignment: alignment.rawValue)
        (entry, network, input) = (other.entry, other.network, other.input)
        (crop, clarity, landmarks) = (other.crop, other.clarity, other.landmarks)
    }

    /// The same network with faces laid into it in another way.
    public func aligned(_ alignment: Alignment) -> NetworkEmbedder { NetworkEmbedder(self, alignment) }

    public func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        var face = face
        if alignment.needsLandmarks, face.landmarks == nil {
            face.landmarks = try landmarks?.landmarks(of: face, in: image)
        }
        let square = alignment.square(for: face, crop)
        var view = try view(of: square, in: image)
        if let clarity, view.length < clarity.doubtful {
            for degrees in Self.turns(for: face.landmarks, clarity) {
                let turned = try self.view(of: square.turned(by: degrees * .pi / 180), in: image)
                if turned.length > view.length + clarity.gain { view = turned }
            }
        }
        guard let embedding = Embedding(normalizing: view.raw) else {
            throw VisageError(.engine, "The embedder gave no usable numbers for a face")
        }
        var quality = FaceQuality(of: face, in: image)
        quality.sharpness = FaceQuality.sharpness(variance: view.sharpness)
        if let clarity { quality.clarity = FaceQuality.ramp(view.length, from: clarity.none, to: clarity.full) }
        return FaceSample(embedding: embedding, quality: quality)
    }

    /// By how many degrees to turn the crop of a face that may lean. Heads that lean are foreign to the network. YuNet's
    /// landmarks lean about half as far as the head does, which is enough to know that it leans, and where to.
    private static func turns(for landmarks: Landmarks?, _ clarity: ModelManifest.Clarity) -> [Double] {
        guard let landmarks else { return [-clarity.lean, clarity.lean] }
        let lean = landmarks.lean
        return abs(lean) < clarity.leaning ? [] : [lean < 0 ? -clarity.lean : clarity.lean]
    }

    private func view(
        of square: FaceSquare, in image: PixelBuffer
    ) throws -> (raw: [Float], length: Double, sharpness: Double) {
        let crop = try SquareCrop(square, of: image, side: input.width, scaler: scaler)
        let outputs = try network.run { bytes in
            input.standardisation.write(
                crop.pixels, into: bytes.bindMemory(to: Float.self), reversed: input.color == "bgr")
        }
        let raw = outputs.first ?? []
        return (raw, Double(raw.reduce(0) { $0 + $1 * $1 }).squareRoot(), crop.sharpness)
    }
}
