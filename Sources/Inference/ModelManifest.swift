import Foundation

/// `Models/manifest.json`: every model with its origin, checksum, licence, input and outputs.
public struct ModelManifest: Codable, Sendable {
    public let schema: Int
    public let models: [Entry]

    /// One model.
    public struct Entry: Codable, Sendable {
        public let id: String
        /// `detect` or `embed`.
        public let task: String
        /// Whether a default set-up needs it.
        public let isDefault: Bool
        public let about: String
        public let files: [File]
        public let licence: String
        public let engines: [String]
        public let input: Input
        public let outputs: [Output]
        /// For embedders: points on the curve of false matches between images of different people.
        public let impostors: [ImpostorRate]?

        enum CodingKeys: String, CodingKey {
            case id, task, about, files, licence, engines, input, outputs, impostors
            case isDefault = "default"
        }
    }

    public struct File: Codable, Sendable {
        public let file: String
        public let sha256: String
        public let bytes: Int
    }

    public struct Input: Codable, Sendable {
        public let name: String
        /// NCHW; -1 for any.
        public let shape: [Int]
        /// `rgb` or `bgr`.
        public let colour: String
    }

    public struct Output: Codable, Sendable {
        public let name: String
        public let shape: [Int]
    }

    /// `far` of all pairs of images of different people are at least as similar as `similarity`.
    public struct ImpostorRate: Codable, Sendable, Hashable {
        public let far: Double
        public let similarity: Double

        package init(far: Double, similarity: Double) {
            self.far = far
            self.similarity = similarity
        }
    }
}
