import Foundation

/// An embedding in JSON: its numbers as little-endian Float32, base64.
public struct StoredEmbedding: Codable, Sendable, Equatable {
    public let embedding: Embedding

    public init(_ embedding: Embedding) { self.embedding = embedding }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = [UInt8](try container.decode(Data.self))
        let values = stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
        }
        guard bytes.count % 4 == 0, let embedding = Embedding(mean: values) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an embedding")
        }
        self.embedding = embedding
    }

    public func encode(to encoder: any Encoder) throws {
        var data = Data()
        for value in embedding.values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        var container = encoder.singleValueContainer()
        try container.encode(data)
    }
}
