import Foundation
import Imaging
import OpenCVBridge
import VisageCore

/// OpenCV's DNN module: for Caffe, Torch and frozen TensorFlow graphs, which OpenVINO does not read, and as a
/// second opinion on ONNX.
public final class OpenCVEngine: InferenceEngine {
    public let name = "opencv"
    public let precision = "f32"
    public let prefersQuantized = false

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
        // OpenCV turns TensorFlow's graphs, which have the channels last, into its own kind.
        let order = weights.pathExtension == "pb" ? "NCHW" : model.entry.input.layout
        return OpenCVNetwork(model: model.id, net: net, input: input, order: order, outputs: outputs)
    }
}
