import Foundation
import VisageCore

extension Configuration {
    /// `inference`: what runs the neural networks.
    public struct Inference: ConfigurationSection {
        public var engine = Engine.openvino
        /// The arithmetic of OpenVINO; OpenCV always has f32.
        public var precision = InferencePrecision.auto
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
            CodingKeys.precision.stringValue: InferencePrecision.allCases.map(\.rawValue),
        ]

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(threads, CodingKeys.threads, in: 0...256)
        }

        /// Networks that run at once on this machine.
        package var concurrency: Int {
            let cores = ProcessInfo.processInfo.activeProcessorCount
            return threads > 0 ? min(threads, cores) : cores
        }
    }
}
