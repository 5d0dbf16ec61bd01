import Foundation

/// `Models/manifest.json`: every model with its origin, checksum, license, input and outputs.
public struct ModelManifest: Codable, Sendable {
    public let schema: Int
    public let models: [Entry]
    /// Embedders that are made of others.
    public let fusions: [Fusion]?

    /// Several embedders as one.
    public struct Fusion: Codable, Sendable {
        public let id: String
        public let isDefault: Bool
        public let about: String
        public let parts: [Part]
        public let impostors: [ImpostorRate]

        public struct Part: Codable, Sendable {
            /// Of a model.
            public let id: String
            public let weight: Double
        }

        enum CodingKeys: String, CodingKey {
            case id, about, parts, impostors
            case isDefault = "default"
        }
    }

    /// One model.
    public struct Entry: Codable, Sendable {
        public let id: String
        /// `detect` or `embed`.
        public let task: String
        /// Whether a default set-up needs it.
        public let isDefault: Bool
        public let about: String
        public let files: [File]
        public let license: String
        /// Those that can run it, the better one first.
        public let engines: [String]
        public let input: Input
        public let outputs: [Output]
        /// For embedders: how faces are cut out.
        public let crop: Crop?
        /// For embedders whose output's length says how much of a face they see.
        public let clarity: Clarity?
        /// For embedders: points on the curve of false matches between images of different people, with the crop's own
        /// alignment.
        public let impostors: [ImpostorRate]?
        /// The same with other alignments, by their names.
        public let impostorsAligned: [String: [ImpostorRate]]?

        enum CodingKeys: String, CodingKey {
            case id, task, about, files, license, engines, input, outputs, crop, clarity, impostors
            case isDefault = "default"
            case impostorsAligned = "impostors_aligned"
        }

        /// The curve of false matches with an alignment; where it was not measured, that with the crop's own.
        public func impostors(alignment: String) -> [ImpostorRate] {
            impostorsAligned?[alignment] ?? impostors ?? []
        }
    }

    public struct File: Codable, Sendable {
        public let file: String
        public let sha256: String
        public let bytes: Int
        /// For a file that no registry has: where the user finds it.
        public let brought: String?
    }

    public struct Output: Codable, Sendable {
        public let name: String
        public let shape: [Int]
    }

    /// How an embedder's faces are cut out.
    public struct Crop: Codable, Sendable, Hashable {
        /// Which way suits the network best: `none`, `eyes` or `five-point`.
        public let alignment: String
        /// Fraction of the box added all around, where the box decides on the size.
        public let margin: Double
        /// Where `eyes` puts the eyes' centers, the picture's left one first, x and y as fractions of the crop; without
        /// it the box is only turned until they are level.
        public let eyes: [[Double]]?

        enum CodingKeys: String, CodingKey {
            case alignment, margin, eyes
        }
    }

    /// What the length of an embedder's output, before it is scaled to 1, says.
    public struct Clarity: Codable, Sendable, Hashable {
        /// At this length and below it saw no face.
        public let none: Double
        /// At this length and above it saw all of one.
        public let full: Double
        /// Below this length the head may lean.
        public let doubtful: Double
        /// A head set upright must be longer by this to count.
        public let gain: Double
        /// Degrees by which heads are set upright, either way.
        public let lean: Double
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
