// Inference runs networks: one protocol, two engines. It knows models by their manifest and nothing of faces.

import Foundation
import VisageCore

/// How a network takes its pictures: three channels each.
public struct NetworkInput: Sendable, Hashable {
    /// What the caller writes, picture after picture; the engine turns it into what the network wants.
    public enum Layout: Sendable {
        /// `height` x `width` x 3 bytes, 0...255, in the network's own color order.
        case interleavedBytes
        /// `height` x `width` x 3 floats, standardised by the caller.
        case interleavedFloats
        /// 3 x `height` x `width` floats, standardised by the caller.
        case planarFloats

        /// The order of the dimensions, as in the manifest.
        var order: String { self == .planarFloats ? "NCHW" : "NHWC" }
    }

    /// Pictures in one run.
    public let count: Int
    public let width: Int
    public let height: Int
    public let layout: Layout

    /// - Parameters: 0 where the network is loaded for any: each run says how many then.
    public init(count: Int = 1, width: Int, height: Int, layout: Layout) {
        self.count = count
        self.width = width
        self.height = height
        self.layout = layout
    }

    /// Whether each run says something of its size.
    var isFlexible: Bool { min(count, width, height) == 0 }

    /// Size of the input memory in bytes.
    public var byteCount: Int {
        count * width * height * 3 * (layout == .interleavedBytes ? 1 : MemoryLayout<Float>.size)
    }

    /// The sizes in the order of a layout such as `NCHW`.
    func sizes(_ order: String) -> [Int] {
        order.map { ["N": count, "C": 3, "H": height, "W": width][$0] ?? 1 }
    }
}

/// A network that is ready to run. Safe to call from several threads.
public protocol Network: Sendable {
    /// What it was loaded for.
    var input: NetworkInput { get }
    /// Lets `fill` write the input, runs the network and returns the outputs in the order they were asked for when it
    /// was loaded, each flattened.
    /// - Parameter input: as the network was loaded, with numbers where that left them open.
    /// - Throws: `VisageError` (engine), or what `fill` throws.
    func run(_ input: NetworkInput, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [[Float]]
}

extension Network {
    /// Runs a network that was loaded for one size.
    /// - Throws: `VisageError` (engine), or what `fill` throws.
    public func run(_ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [[Float]] {
        try run(input, fill)
    }
}

/// Loads networks.
public protocol InferenceEngine: Sendable {
    /// As in the configuration: `openvino` or `opencv`.
    var name: String { get }
    /// The arithmetic that networks run in, unless they are quantized: `f32` or `bf16`.
    var precision: String { get }
    /// Whether networks that exist in 8 bits run in these: see `Model.variant`.
    var prefersQuantized: Bool { get }
    /// - Parameter outputs: names of the wanted outputs; empty for the network's only one.
    /// - Throws: `VisageError` (model) if the file is missing, damaged or not for this engine.
    func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network
}
