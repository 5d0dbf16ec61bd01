import Foundation
import Imaging
import OpenCVBridge
import VisageCore

/// OpenCV's DNN module: for Caffe, Torch and frozen TensorFlow graphs, which OpenVINO does not read, and as a
/// second opinion on ONNX.
public final class OpenCVEngine: InferenceEngine {
    public let name = "opencv"
    public let precision = "f32"

    /// - Parameter concurrency: threads of OpenCV's own pool, for the whole process. It is used by one run at a
    ///   time, so unlike OpenVINO's it does not multiply.
    /// - Throws: `VisageError` (engine).
    public init(concurrency: Int) throws {
        try bridgeCall(.engine, "OpenCV cannot start") { vb_set_threads(Int32(max(1, concurrency)), $0) }
    }

    public func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network {
        guard let weights = model.files.first else { throw VisageError(.model, "Model \(model.id) has no file") }
        var net: OpaquePointer?
        try bridgeCall(.model, "Model \(model.id) (\(weights.path)) cannot be loaded by OpenCV") {
            vb_net_read(weights.path, model.files.dropFirst().first?.path, &net, $0)
        }
        guard let net else { throw VisageError(.model, "Model \(model.id) cannot be loaded by OpenCV") }
        return OpenCVNetwork(model: model.id, net: net, input: input, outputs: outputs)
    }
}

/// One `cv::dnn::Net`, which one run uses at a time.
final class OpenCVNetwork: Network, @unchecked Sendable {
    // Safe: `net` and `blob` are touched under the lock only.
    private let lock = NSLock()
    private let net: OpaquePointer
    private var blob: [Float]
    private let model: String
    private let input: NetworkInput
    private let outputs: [String]

    init(model: String, net: OpaquePointer, input: NetworkInput, outputs: [String]) {
        self.model = model
        self.net = net
        self.input = input
        self.outputs = outputs
        blob = [Float](repeating: 0, count: input.width * input.height * 3)
    }

    deinit { vb_net_free(net) }

    func run(_ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [[Float]] {
        try lock.withLock {
            try write(fill)
            let shape = [1, 3, Int32(input.height), Int32(input.width)]
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

    private func write(_ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        switch input.layout {
        case .planarFloats:
            try blob.withUnsafeMutableBytes(fill)
        case .interleavedBytes:
            var bytes = [UInt8](repeating: 0, count: input.byteCount)
            try bytes.withUnsafeMutableBytes(fill)
            let plane = input.width * input.height
            for pixel in 0..<plane {
                for channel in 0..<3 { blob[channel * plane + pixel] = Float(bytes[3 * pixel + channel]) }
            }
        }
    }

    private func withCStrings(
        _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws -> Void
    ) rethrows {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        try copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(body)
    }
}
