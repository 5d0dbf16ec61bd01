// Inference runs networks: one protocol, two engines. It knows models by their manifest and nothing of faces.

import Foundation
import VisageCore

/// How a network takes its picture: one picture, three channels.
public struct NetworkInput: Sendable, Hashable {
    /// What the caller writes.
    public enum Layout: Sendable {
        /// `height` x `width` x 3 bytes, 0...255, in the network's own colour order.
        case interleavedBytes
        /// 3 x `height` x `width` floats, standardised by the caller.
        case planarFloats
    }

    public let width: Int
    public let height: Int
    public let layout: Layout

    public init(width: Int, height: Int, layout: Layout) {
        self.width = width
        self.height = height
        self.layout = layout
    }

    /// Size of the input memory in bytes.
    public var byteCount: Int {
        width * height * 3 * (layout == .interleavedBytes ? 1 : MemoryLayout<Float>.size)
    }
}

/// A network that is ready to run. Safe to call from several threads.
public protocol Network: Sendable {
    /// Lets `fill` write the input, runs one batch of one and returns the outputs in the order they were asked
    /// for when the network was loaded, each flattened.
    /// - Throws: `VisageError` (engine), or what `fill` throws.
    func run(_ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [[Float]]
}

/// Loads networks.
public protocol InferenceEngine: Sendable {
    /// As in the configuration: `openvino` or `opencv`.
    var name: String { get }
    /// The arithmetic that networks run in: `f32` or `bf16`.
    var precision: String { get }
    /// - Parameter outputs: names of the wanted outputs; empty for the network's only one.
    /// - Throws: `VisageError` (model) if the file is missing, damaged or not for this engine.
    func load(_ model: Model, input: NetworkInput, outputs: [String]) throws -> any Network
}
