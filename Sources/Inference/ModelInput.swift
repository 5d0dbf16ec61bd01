import Foundation

extension ModelManifest {
    /// What a network takes.
    public struct Input: Codable, Sendable {
        public let name: String
        /// In the order of `layout`; -1 for any.
        public let shape: [Int]
        /// `NCHW`, `NHWC` or, with x and y swapped, `NWHC`.
        public let layout: String
        /// `rgb` or `bgr`.
        public let color: String
        public let standardisation: Standardisation

        /// Pixels; -1 for any.
        public var width: Int { size("W") }
        /// Pixels; -1 for any.
        public var height: Int { size("H") }

        private func size(_ dimension: Character) -> Int {
            zip(layout, shape).first { $0.0 == dimension }?.1 ?? -1
        }
    }

    /// How pixel values 0...255 become network inputs.
    public enum Standardisation: Codable, Sendable, Hashable {
        /// As they are.
        case none
        /// By the picture's own mean and deviation.
        case perImage
        /// (x - mean) x scale, the means in the network's color order.
        case fixed(mean: [Double], scale: Double)

        /// As galleries record it.
        public var name: String {
            switch self {
            case .none: "none"
            case .perImage: "per-image"
            case .fixed: "fixed"
            }
        }

        private struct Fixed: Codable {
            let mean: [Double]
            let scale: Double
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let word = try? container.decode(String.self) {
                guard let known = [Self.none, .perImage].first(where: { $0.name == word }) else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "no standardisation is called `\(word)`")
                }
                self = known
                return
            }
            let fixed = try container.decode(Fixed.self)
            guard fixed.mean.count == 3 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a standardisation has three means")
            }
            self = .fixed(mean: fixed.mean, scale: fixed.scale)
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if case .fixed(let mean, let scale) = self {
                try container.encode(Fixed(mean: mean, scale: scale))
            } else {
                try container.encode(name)
            }
        }
    }
}
