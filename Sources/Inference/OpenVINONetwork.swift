import COpenVINO
import Synchronization
import VisageCore

/// A compiled network and the requests that run it, one for each call that is under way.
final class OpenVINONetwork: Network {
    private let model: String
    private let compiled: OpenVINOHandle
    let input: NetworkInput
    private let outputs: [Int]
    private let idle = Mutex<[OpenVINOHandle]>([])

    init(model: String, compiled: OpenVINOHandle, input: NetworkInput, outputs: [Int]) {
        self.model = model
        self.compiled = compiled
        self.input = input
        self.outputs = outputs
    }

    func run(
        _ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> [[Float]] {
        let message = "Model \(model) failed to run"
        guard input.isFlexible == false else { throw VisageError(.engine, "\(message): its input has no size") }
        let request =
            try idle.withLock { $0.popLast() }
            ?? OpenVINOHandle(.engine, message, free: ov_infer_request_free) {
                ov_compiled_model_create_infer_request(compiled.pointer, $0)
            }
        // A request that failed is not used again.
        let tensor = try self.tensor(message) { ov_infer_request_get_input_tensor_by_index(request.pointer, 0, $0) }
        if self.input.isFlexible {
            let sizes = input.sizes(input.layout.order).map(Int64.init)
            var shape = ov_shape_t()
            try openVINO(.engine, message) { ov_shape_create(Int64(sizes.count), sizes, &shape) }
            defer { ov_shape_free(&shape) }
            try openVINO(.engine, message) { ov_tensor_set_shape(tensor.pointer, shape) }
        }
        try withBytes(of: tensor, message) { bytes in
            guard bytes.count >= input.byteCount else { throw VisageError(.engine, "\(message): input too small") }
            try fill(UnsafeMutableRawBufferPointer(rebasing: bytes[..<input.byteCount]))
        }
        try openVINO(.engine, message) { ov_infer_request_infer(request.pointer) }
        let results = try outputs.map { index in
            let tensor = try self.tensor(message) {
                ov_infer_request_get_output_tensor_by_index(request.pointer, index, $0)
            }
            return try withBytes(of: tensor, message) { Array($0.bindMemory(to: Float.self)) }
        }
        idle.withLock { $0.append(request) }
        return results
    }

    /// Makes the requests that can run at once, and runs them: OpenVINO finishes compiling for each of its threads when
    /// that one first runs the network, which nobody has to wait for later.
    /// - Parameter count: how many.
    /// - Throws: `VisageError` (engine).
    func prepare(_ count: Int) throws {
        let message = "Model \(model) failed to run"
        let requests = try (0..<count).map { _ in
            try OpenVINOHandle(.engine, message, free: ov_infer_request_free) {
                ov_compiled_model_create_infer_request(compiled.pointer, $0)
            }
        }
        for request in requests {
            let tensor = try self.tensor(message) { ov_infer_request_get_input_tensor_by_index(request.pointer, 0, $0) }
            try withBytes(of: tensor, message) { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
            try openVINO(.engine, message) { ov_infer_request_start_async(request.pointer) }
        }
        for request in requests { try openVINO(.engine, message) { ov_infer_request_wait(request.pointer) } }
        idle.withLock { $0 += requests }
    }

    private func tensor(
        _ message: String, _ get: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
    ) throws -> OpenVINOHandle {
        try OpenVINOHandle(.engine, message, free: ov_tensor_free, make: get)
    }

    private func withBytes<Result>(
        of tensor: OpenVINOHandle, _ message: String, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        var data: UnsafeMutableRawPointer?
        var count = 0
        try openVINO(.engine, message) { ov_tensor_data(tensor.pointer, &data) }
        try openVINO(.engine, message) { ov_tensor_get_byte_size(tensor.pointer, &count) }
        return try body(UnsafeMutableRawBufferPointer(start: data, count: count))
    }
}
