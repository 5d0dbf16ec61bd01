import Foundation
import Inference
import Storage
import VisageCore

/// A learnt head on disk: JSON, with the weights as base64 of little-endian floats, row by row.
public struct HeadFile: Codable, Sendable {
    public static let schemaVersion = 1

    public var schema = HeadFile.schemaVersion
    /// What makes the embeddings that it takes.
    public var embedder: EmbedderOrigin
    public var inputs: Int
    public var outputs: Int
    /// People and photos that it was learnt from.
    public var people: Int
    public var photos: Int
    /// On people whom learning did not see.
    public var before: PairFigures
    public var after: PairFigures
    /// How often different people are alike with it, of those whom learning did not see.
    public var impostors: [ModelManifest.ImpostorRate]
    public var weights: Data

    public init(_ outcome: HeadTrainer.Outcome, embedder: EmbedderOrigin) {
        self.embedder = embedder
        inputs = outcome.head.inputs
        outputs = outcome.head.outputs
        people = outcome.trainedPeople
        photos = outcome.trainedPhotos
        before = outcome.before
        after = outcome.after
        impostors = outcome.impostors
        weights = Data()
        for value in outcome.head.values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { weights.append(contentsOf: $0) }
        }
    }

    /// SHA-256 of the weights.
    var digest: String { FileDigest.sha256(of: weights) }

    /// - Throws: `VisageError` (gallery) if the weights are not what the rest says.
    public func head(path: String) throws -> LinearHead {
        let bytes = [UInt8](weights)
        let values = stride(from: 0, to: bytes.count / 4 * 4, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
        }
        guard let head = LinearHead(inputs: inputs, values: values), head.outputs == outputs else {
            throw VisageError(.gallery, "The head \(path) is damaged; learn it anew with `visage adapt`")
        }
        return head
    }

    /// - Throws: `VisageError` (notFound, gallery).
    public static func load(_ file: URL) throws -> HeadFile {
        let data: Data
        do {
            data = try BoundedFile.read(file, limit: maxBytes)
        } catch let error as VisageError where error.code == .notFound {
            throw VisageError(.notFound, "There is no head at \(file.path); learn one with `visage adapt`")
        }
        do {
            return try HeadFile(parsing: data)
        } catch is VisageError {
            throw VisageError(.gallery, "The head \(file.path) is damaged; learn it anew with `visage adapt`")
        } catch {
            throw VisageError(
                .gallery, "\(file.path) is not a head that this program reads; learn it with `visage adapt`")
        }
    }

    /// Another format of the file.
    private struct OtherFormat: Error {}

    /// - Throws: `VisageError` (gallery) if it contradicts itself, another error if it is no head of this format.
    init(parsing data: Data) throws {
        self = try JSONDecoder().decode(HeadFile.self, from: data)
        guard schema == Self.schemaVersion else { throw OtherFormat() }
        guard isSound else { throw VisageError(.gallery, "The head is damaged") }
        _ = try head(path: "")
    }

    /// Whether the sizes agree and the impostor figures are points of a curve.
    private var isSound: Bool {
        let sizes = 1...Self.maxDimension
        return sizes.contains(inputs) && sizes.contains(outputs) && weights.count == 4 * inputs * outputs
            && impostors.allSatisfy { $0.far > 0 && $0.far <= 1 && (-1...1).contains($0.similarity) }
            && Set(impostors.map(\.far)).count == impostors.count
    }

    private static let maxDimension = 4096
    /// Of the largest head in base64, with the rest.
    private static let maxBytes = 96 << 20

    /// - Throws: `VisageError` (unwritable).
    public func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try DurableFile.replace(encoder.encode(self), at: file)
        } catch let error as EncodingError {
            throw VisageError(.unwritable, "\(file.path) cannot be written", cause: "\(error)")
        }
    }
}
