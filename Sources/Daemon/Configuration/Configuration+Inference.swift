import Foundation
import Inference
import ModelLoading

extension Configuration {
    /// `inference`: what runs the neural networks.
    public struct Inference: ConfigurationSection {
        public var engine = Engine.openvino
        /// The arithmetic of OpenVINO; OpenCV always has f32.
        public var precision = OpenVINOEngine.Precision.auto
        /// Networks that run at once, with one thread each, 0 to 256. 0, or more than there are cores: one for each core.
        public var threads = 0

        public init() {}

        /// The libraries that can run networks.
        public enum Engine: String, Codable, Sendable, CaseIterable {
            case openvino, opencv
        }

        enum CodingKeys: String, CodingKey {
            case engine, precision, threads
        }

        static let choices = [
            CodingKeys.engine.stringValue: Engine.allCases.map(\.rawValue),
            CodingKeys.precision.stringValue: OpenVINOEngine.Precision.allCases.map(\.rawValue),
        ]

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(threads, CodingKeys.threads, in: 0...256)
        }

        /// Networks that run at once on this machine.
        var concurrency: Int {
            let cores = ProcessInfo.processInfo.activeProcessorCount
            return threads > 0 ? min(threads, cores) : cores
        }

        /// - Throws: `VisageError` (engine).
        func makeEngine() throws -> any InferenceEngine {
            switch engine {
            case .openvino: try OpenVINOEngine(precision: precision, concurrency: concurrency)
            case .opencv: try OpenCVEngine(concurrency: concurrency)
            }
        }
    }
}

extension OpenVINOEngine.Precision: Codable {}

extension Networks {
    /// The engine that a configuration asks for.
    /// - Parameter models: the folder of the models; empty for the one beside the program.
    /// - Throws: `VisageError` (model, engine).
    public init(_ inference: Configuration.Inference = .init(), models: String = "") throws {
        try self.init(models: models, concurrency: inference.concurrency, makeEngine: inference.makeEngine)
    }
}
