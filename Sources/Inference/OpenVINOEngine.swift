import CLinux
import COpenVINO
import Foundation
import VisageCore

/// OpenVINO on the CPU, through its C API.
public final class OpenVINOEngine: InferenceEngine {
    public let name = "openvino"
    public let precision: String
    public let prefersQuantized: Bool
    /// How many compiled layers are kept of a network that takes any size. P-Net has a dozen for each size, and frames of
    /// all shapes make at most eleven levels in each of seven padded shapes.
    private static let keptSizes = 1000
    private let core: OpenVINOHandle
    private let concurrency: Int

    /// - Parameter concurrency: how many runs of one network may go on at once; each has one thread.
    /// - Throws: `VisageError` (engine) if OpenVINO cannot start.
    public init(precision: InferencePrecision = .auto, concurrency: Int) throws {
        core = try OpenVINOHandle(.engine, "OpenVINO cannot start", free: ov_core_free) { ov_core_create($0) }
        self.concurrency = max(1, concurrency)
        prefersQuantized = precision == .auto
        switch precision {
        case .f32, .bf16: self.precision = precision.rawValue
        case .auto: self.precision = try Self.hasHardwareBF16(core) ? "bf16" : "f32"
        }
    }

    private static func hasHardwareBF16(_ core: OpenVINOHandle) throws -> Bool {
        var capabilities: UnsafeMutablePointer<CChar>?
        try openVINO(.engine, "OpenVINO does not know this processor") {
            ov_core_get_property(core.pointer, "CPU", "OPTIMIZATION_CAPABILITIES", &capabilities)
        }
        guard let capabilities else { return false }
        defer { ov_free(capabilities) }
        return String(cString: capabilities).split(separator: " ").contains("BF16") && !isLimited
    }

    /// Whether the user keeps oneDNN to instructions without bf16, which its kernels obey and the capabilities do not show.
    private static var isLimited: Bool {
        let limit = ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"]?.uppercased() ?? "DEFAULT"
        return !["DEFAULT", "ALL", "BF16", "FP16", "AMX", "AVX10", "AVX2_VNNI_2"].contains { limit.contains($0) }
    }

    public func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network {
        let network = try NetworksAtWork.shared.during {
            try MappedFiles.whileMappingsChange { try compile(model, input: input, outputs: outputs) }
        }
        NetworksAtWork.shared.comeFirstAtExit()
        // What was read for compiling is free now, and is about 90 MB that the allocator would keep.
        malloc_trim(0)
        return network
    }

    private func compile(_ model: Model, input: NetworkInput, outputs: [String]) throws -> OpenVINONetwork {
        guard let file = model.files.first else { throw VisageError(.model, "Model \(model.id) has no file") }
        let message = "Model \(model.id) (\(file.path)) cannot be loaded by OpenVINO"
        // OpenVINO refuses weights that are not in the folder of the path that it is given.
        let path = file.resolvingSymlinksInPath().path
        let read = try OpenVINOHandle(.model, message, free: ov_model_free) {
            ov_core_read_model(core.pointer, path, nil, $0)
        }
        // Names are asked for before the reshape: OpenVINO may lose them there.
        let names = try outputNames(of: read, message)
        let indices = try outputs.map { wanted in
            guard let index = names.firstIndex(of: wanted) else {
                throw VisageError(.model, "Model \(model.id) has no output `\(wanted)`; it has \(names)")
            }
            return index
        }
        let order = model.entry.input.layout
        try reshape(read, to: input.sizes(order), message)
        let isAsWritten = input.layout != .interleavedBytes && input.layout.order == order
        let shaped = isAsWritten ? read : try adapted(read, to: input.layout, from: order, message)
        var properties = [
            ("NUM_STREAMS", "\(concurrency)"), ("INFERENCE_NUM_THREADS", "\(concurrency)"),
            ("INFERENCE_PRECISION_HINT", precision),
            // Pinned threads would fight with decoder and encoder for one core while the other idles.
            ("ENABLE_CPU_PINNING", "NO"),
        ]
        // What was made for one size is kept for its return; photos come in any number of sizes.
        if input.isFlexible { properties.append(("CPU_RUNTIME_CACHE_CAPACITY", "\(Self.keptSizes)")) }
        // The engine's threads for this network, which run it, get the name of the one that makes them.
        let compiled = try NetworkThreads.naming(after: model.id) {
            try withProperties(properties) { properties in
                try OpenVINOHandle(
                    .model, message,
                    free: { model in MappedFiles.whileMappingsChange { ov_compiled_model_free(model) } }
                ) {
                    ov_core_compile_model_props(
                        core.pointer, shaped.pointer, "CPU", properties.count, properties.baseAddress, $0)
                }
            }
        }
        return OpenVINONetwork(
            model, compiled: compiled, input: input, outputs: indices.isEmpty ? [0] : indices)
    }

    private func outputNames(of model: OpenVINOHandle, _ message: String) throws -> [String] {
        var count = 0
        try openVINO(.model, message) { ov_model_outputs_size(model.pointer, &count) }
        return try (0..<count).map { index in
            let port = try OpenVINOHandle(.model, message, free: ov_output_const_port_free) {
                ov_model_const_output_by_index(model.pointer, index, $0)
            }
            var name: UnsafeMutablePointer<CChar>?
            guard ov_port_get_any_name(port.pointer, &name).rawValue == 0, let name else { return "" }
            defer { ov_free(name) }
            return String(cString: name)
        }
    }

    /// - Parameter sizes: in the model's order; 0 for any.
    private func reshape(_ model: OpenVINOHandle, to sizes: [Int], _ message: String) throws {
        var shape = ov_partial_shape_t()
        let dimensions = sizes.map { size -> ov_dimension_t in
            let length = size == 0 ? -1 : Int64(size)
            return ov_dimension_t(min: length, max: length)
        }
        try openVINO(.model, message) { ov_partial_shape_create(Int64(sizes.count), dimensions, &shape) }
        defer { ov_partial_shape_free(&shape) }
        try openVINO(.model, message) { ov_model_reshape_single_input(model.pointer, shape) }
    }

    /// A model that takes what the caller writes and turns it into what it wants itself.
    /// - Parameter order: of its own input.
    private func adapted(
        _ model: OpenVINOHandle, to written: NetworkInput.Layout, from order: String, _ message: String
    ) throws -> OpenVINOHandle {
        let preprocessor = try OpenVINOHandle(.model, message, free: ov_preprocess_prepostprocessor_free) {
            ov_preprocess_prepostprocessor_create(model.pointer, $0)
        }
        let input = try OpenVINOHandle(.model, message, free: ov_preprocess_input_info_free) {
            ov_preprocess_prepostprocessor_get_input_info_by_index(preprocessor.pointer, 0, $0)
        }
        let tensor = try OpenVINOHandle(.model, message, free: ov_preprocess_input_tensor_info_free) {
            ov_preprocess_input_info_get_tensor_info(input.pointer, $0)
        }
        let network = try OpenVINOHandle(.model, message, free: ov_preprocess_input_model_info_free) {
            ov_preprocess_input_info_get_model_info(input.pointer, $0)
        }
        let ours = try OpenVINOHandle(.model, message, free: ov_layout_free) { ov_layout_create(written.order, $0) }
        let its = try OpenVINOHandle(.model, message, free: ov_layout_free) { ov_layout_create(order, $0) }
        if written == .interleavedBytes {
            try openVINO(.model, message) {
                ov_preprocess_input_tensor_info_set_element_type(tensor.pointer, COpenVINO.U8)
            }
        }
        try openVINO(.model, message) { ov_preprocess_input_tensor_info_set_layout(tensor.pointer, ours.pointer) }
        try openVINO(.model, message) { ov_preprocess_input_model_info_set_layout(network.pointer, its.pointer) }
        return try OpenVINOHandle(.model, message, free: ov_model_free) {
            ov_preprocess_prepostprocessor_build(preprocessor.pointer, $0)
        }
    }

    private func withProperties<Result>(
        _ properties: [(String, String)], _ body: (UnsafeBufferPointer<ov_property_t>) throws -> Result
    ) rethrows -> Result {
        let copies = properties.map { (strdup($0), strdup($1)) }
        defer {
            for (key, value) in copies {
                free(key)
                free(value)
            }
        }
        return try copies.map { ov_property_t(key: $0, value: $1) }.withUnsafeBufferPointer(body)
    }
}
