import Foundation

/// Writes a small network in Torch7's binary serialisation (little-endian), as OpenFace's files have it: every object
/// with a number of its own, every module a table of its fields.
public struct TorchFile: Sendable {
    /// What a field may hold.
    public enum Value: Sendable {
        case number(Double)
        case boolean(Bool)
        case list([Value])
        case module(String, [String: Value])
        /// Rows of equal length.
        case matrix([[Float]])
        case vector([Float])
    }

    public private(set) var data = Data()
    private var objects: Int32 = 0

    public init(_ value: Value) { write(value) }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) {
        append(Int32(text.utf8.count))
        data.append(contentsOf: text.utf8)
    }

    private mutating func object(_ kind: Int32) {
        objects += 1
        append(kind)
        append(objects)
    }

    private mutating func write(_ value: Value) {
        switch value {
        case .number(let number):
            append(Int32(1))
            append(number.bitPattern)
        case .boolean(let flag):
            append(Int32(5))
            append(Int32(flag ? 1 : 0))
        case .list(let values):
            object(3)
            append(Int32(values.count))
            for (index, value) in values.enumerated() {
                write(.number(Double(index + 1)))
                write(value)
            }
        case .module(let name, let fields):
            torch(name)
            object(3)
            append(Int32(fields.count))
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                append(Int32(2))
                append(key)
                write(value)
            }
        case .matrix(let rows): tensor([rows.count, rows.first?.count ?? 0], rows.flatMap { $0 })
        case .vector(let values): tensor([values.count], values)
        }
    }

    private mutating func torch(_ name: String) {
        object(4)
        append("V 1")
        append(name)
    }

    private mutating func tensor(_ sizes: [Int], _ values: [Float]) {
        torch("torch.FloatTensor")
        append(Int32(sizes.count))
        for size in sizes { append(Int64(size)) }
        for index in sizes.indices { append(Int64(sizes[(index + 1)...].reduce(1, *))) }
        append(Int64(1))
        torch("torch.FloatStorage")
        append(Int64(values.count))
        for value in values { append(value.bitPattern) }
    }
}
