import Foundation

/// `Models/manifest.json`: every model with its origin, checksum, license, input and outputs.
public struct ModelManifest: Codable, Sendable {
    public let schema: Int
    public let models: [Entry]
    /// Embedders that are made of others.
    public let fusions: [Fusion]?

    /// Several embedders that are used together as one.
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
        /// The network of `files` in 8 bits.
        public let quantized: Quantized?
        public let license: String
        /// Names of the engines that can run it, in order of preference.
        public let engines: [String]
        public let input: Input
        public let outputs: [Output]
        /// For embedders: how faces are cut out.
        public let crop: Crop?
        /// For embedders whose output is the longer, the more of a face is visible.
        public let clarity: Clarity?
        /// For embedders: points on the curve of false matches between images of different people, with the crop's own
        /// alignment.
        public let impostors: [ImpostorRate]?
        /// The same with other alignments, by their names.
        public let impostorsAligned: [String: [ImpostorRate]]?

        enum CodingKeys: String, CodingKey {
            case id, task, about, files, quantized, license, engines, input, outputs, crop, clarity, impostors
            case isDefault = "default"
            case impostorsAligned = "impostors_aligned"
        }

        /// The curve of false matches with an alignment; where it was not measured, that with the crop's own.
        public func impostors(alignment: String) -> [ImpostorRate] {
            impostorsAligned?[alignment] ?? impostors ?? []
        }
    }

    public struct Quantized: Codable, Sendable {
        /// The network, and its weights.
        public let files: [File]
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

    /// How the length of an embedder's output, before it is scaled to 1, is turned into clarity.
    public struct Clarity: Codable, Sendable, Hashable {
        /// The length, and anything below it, that means that no face is visible.
        public let none: Double
        /// The length, and anything above it, that means that a face is fully visible.
        public let full: Double
        /// Below this length the crop of a leaning head is also tried rotated.
        public let doubtful: Double
        /// By how much the output of a rotated crop must be longer to be used.
        public let gain: Double
        /// By how many degrees crops are rotated.
        public let lean: Double
        /// By how many degrees the line from the eyes to the mouth has to lean for a head to count as leaning.
        public let leaning: Double
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
