import COpenVINO
import Foundation
import Synchronization
import VisageCore

/// A compiled network and the requests that run it, one for each call that is under way.
final class OpenVINONetwork: Network {
    private let model: String
    private let compiled: OpenVINOHandle
    let input: NetworkInput
    private let outputs: [Int]
    private let idle = Mutex<[OpenVINOHandle]>([])
    /// Paths of the model's files, without symbolic links.
    private let files: Set<String>
    private let runs = Atomic(0)
    private let isReleaseDue = Atomic(false)

    init(_ model: Model, compiled: OpenVINOHandle, input: NetworkInput, outputs: [Int]) {
        self.model = model.id
        files = Set(model.files.map { $0.resolvingSymlinksInPath().path })
        self.compiled = compiled
        self.input = input
        self.outputs = outputs
    }

    func run(
        _ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> [[Float]] {
        let message = "Model \(model) failed to run"
        guard input.isFlexible == false else { throw VisageError(.engine, "\(message): its input has no size") }
        let request = try idle.withLock { $0.popLast() } ?? makeRequest(message)
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
        try NetworksAtWork.shared.during { try openVINO(.engine, message) { ov_infer_request_infer(request.pointer) } }
        let results = try outputs.map { index in
            let tensor = try self.tensor(message) {
                ov_infer_request_get_output_tensor_by_index(request.pointer, index, $0)
            }
            return try withBytes(of: tensor, message) { Array($0.bindMemory(to: Float.self)) }
        }
        idle.withLock { $0.append(request) }
        followUpNowAndThen()
        return results
    }

    private func makeRequest(_ message: String) throws -> OpenVINOHandle {
        // The last to refer to the weights unmaps their file.
        let free = { (request: OpaquePointer?) in MappedFiles.whileMappingsChange { ov_infer_request_free(request) } }
        return try OpenVINOHandle(.engine, message, free: free) {
            ov_compiled_model_create_infer_request(compiled.pointer, $0)
        }
    }

    /// Weights that are mapped were copied, when the network was compiled, into the order in which they are needed. OpenVINO
    /// does so once more for each of its threads, when that one first runs the network; nothing tells when that is, so this
    /// happens after the first run, the second, the fourth and so on, or with the next run if it cannot be done then.
    private func followUpNowAndThen() {
        let count = runs.wrappingAdd(1, ordering: .relaxed).newValue
        let isPowerOfTwo = count & (count - 1) == 0
        if isPowerOfTwo { NetworksAtWork.shared.comeFirstAtExit() }
        guard isPowerOfTwo || isReleaseDue.load(ordering: .relaxed) else { return }
        isReleaseDue.store(!MappedFiles.releasePages(of: files), ordering: .relaxed)
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
