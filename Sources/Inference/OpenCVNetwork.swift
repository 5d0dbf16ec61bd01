import Foundation
import Imaging
import OpenCVBridge
import VisageCore

/// One `cv::dnn::Net`, which one run uses at a time.
final class OpenCVNetwork: Network, @unchecked Sendable {
    // Safe: `net`, `blob` and `written` are touched under the lock only.
    private let lock = NSLock()
    private let net: OpaquePointer
    private var blob: [Float] = []
    private var written: [UInt8] = []
    private let model: String
    let input: NetworkInput
    /// Of the network's own dimensions.
    private let order: String
    private let outputs: [String]

    init(model: String, net: OpaquePointer, input: NetworkInput, order: String, outputs: [String]) {
        self.model = model
        self.net = net
        self.input = input
        self.order = order
        self.outputs = outputs
    }

    deinit { vb_net_free(net) }

    func run(
        _ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> [[Float]] {
        guard !input.isFlexible else { throw VisageError(.engine, "Model \(model): its input has no size") }
        return try lock.withLock {
            try write(input, fill)
            let shape = input.sizes(order).map(Int32.init)
            try withCStrings(outputs) { names in
                try bridgeCall(.engine, "Model \(model) failed to run") { error in
                    vb_net_run(net, blob, shape, names.isEmpty ? nil : names.baseAddress, names.count, error)
                }
            }
            return try (0..<max(1, outputs.count)).map { index in
                var count = 0
                guard let values = vb_net_output(net, index, &count) else {
                    throw VisageError(.engine, "Model \(model) gave an output that is not of floats")
                }
                return Array(UnsafeBufferPointer(start: values, count: count))
            }
        }
    }

    /// Fills the blob with what the caller writes, in the network's own order.
    private func write(_ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        let count = input.count * input.width * input.height * 3
        if blob.count != count { blob = [Float](repeating: 0, count: count) }
        if input.layout != .interleavedBytes, input.layout.order == order {
            return try blob.withUnsafeMutableBytes(fill)
        }
        if written.count != input.byteCount { written = [UInt8](repeating: 0, count: input.byteCount) }
        try written.withUnsafeMutableBytes { bytes in
            try fill(bytes)
            if input.layout == .interleavedBytes {
                let samples = bytes.bindMemory(to: UInt8.self)
                permute(input) { Float(samples[$0]) }
            } else {
                let samples = bytes.bindMemory(to: Float.self)
                permute(input) { samples[$0] }
            }
        }
    }

    private func permute(_ input: NetworkInput, _ sample: (Int) -> Float) {
        let from = Self.strides(input, input.layout.order)
        let to = Self.strides(input, order)
        for picture in 0..<input.count {
            for row in 0..<input.height {
                let source = picture * from.picture + row * from.row
                let target = picture * to.picture + row * to.row
                for column in 0..<input.width {
                    for channel in 0..<3 {
                        blob[target + column * to.column + channel * to.channel] = sample(
                            source + column * from.column + channel * from.channel)
                    }
                }
            }
        }
    }

    /// Samples from one to the next in each dimension.
    private static func strides(
        _ input: NetworkInput, _ order: String
    ) -> (picture: Int, row: Int, column: Int, channel: Int) {
        var strides: [Character: Int] = [:]
        var step = 1
        for (dimension, size) in zip(order, input.sizes(order)).reversed() {
            strides[dimension] = step
            step *= size
        }
        return (strides["N"] ?? 0, strides["H"] ?? 0, strides["W"] ?? 0, strides["C"] ?? 0)
    }

    private func withCStrings(
        _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws -> Void
    ) rethrows {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        try copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(body)
    }
}
