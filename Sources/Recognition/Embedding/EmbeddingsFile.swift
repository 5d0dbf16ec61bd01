import Foundation
import VisageCore

/// `embeddings.bin`, little-endian: 8 bytes "VISAGE1\n", count and dimension (UInt32 each), then for each sample
/// SHA-256 of the photo (32 bytes), person (UInt32), quality (Float32) and the embedding (Float32 each).
enum EmbeddingsFile {
    private static let magic = Data("VISAGE1\n".utf8)

    static func encode(_ samples: [Gallery.Sample]) -> Data {
        var data = magic
        func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
        append(UInt32(samples.count))
        append(UInt32(samples.first?.embedding.dimension ?? 0))
        for sample in samples {
            data.append(bytes(hexadecimal: sample.photo))
            append(UInt32(sample.person))
            append(Float(sample.quality).bitPattern)
            for value in sample.embedding.values { append(value.bitPattern) }
        }
        return data
    }

    /// nil if the data is not what `encode` makes for a gallery of `people` people.
    static func decode(_ data: Data, people: Int) -> [Gallery.Sample]? {
        guard data.count >= 16, data.prefix(8) == magic else { return nil }
        let bytes = [UInt8](data)
        func integer(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
        }
        let count = Int(integer(8))
        let dimension = Int(integer(12))
        let size = 40 + 4 * dimension
        guard count > 0, (1...4096).contains(dimension), count <= (bytes.count - 16) / size,
            bytes.count == 16 + count * size
        else { return nil }
        var samples: [Gallery.Sample] = []
        for index in 0..<count {
            let start = 16 + index * size
            let person = Int(integer(start + 32))
            let raw = (0..<dimension).map { Float(bitPattern: integer(start + 40 + 4 * $0)) }
            guard person < people, let embedding = Embedding(mean: raw) else { return nil }
            samples.append(
                Gallery.Sample(
                    photo: hexadecimal(bytes[start..<start + 32]), person: person,
                    quality: Double(Float(bitPattern: integer(start + 36))), embedding: embedding))
        }
        return samples
    }

    private static func bytes(hexadecimal text: String) -> Data {
        let digits = Array(text.utf8).map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        var data = Data(count: 32)
        for index in 0..<min(32, digits.count / 2) { data[index] = digits[2 * index] << 4 | digits[2 * index + 1] }
        return data
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
