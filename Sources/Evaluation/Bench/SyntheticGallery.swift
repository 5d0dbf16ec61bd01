import Foundation
import Inference
import VisageCore

extension Gallery {
    /// A gallery of people who do not exist, for measuring time; the same at every call.
    /// - Parameters:
    ///   - photos: of each person, alike as a person's photos are: cosine 0.7.
    /// - Throws: `VisageError` (gallery).
    public static func synthetic(people: Int, photos: Int, dimension: Int, matching: Matching) throws -> Gallery {
        var random = SplitMix(seed: 1)
        // A sum of uniform numbers is near enough to a normal one.
        func uniform() -> Float { Float.random(in: -0.5...0.5, using: &random) }
        func direction() -> [Float] { (0..<dimension).map { _ in uniform() + uniform() + uniform() } }
        var samples: [Sample] = []
        for person in 0..<people {
            let centre = direction()
            for photo in 0..<photos {
                // Noise of 0.65 the length: 1 / (1 + 0.65²) = 0.7.
                let raw = zip(centre, direction()).map { $0 + 0.65 * $1 }
                guard let embedding = Embedding(normalizing: raw) else { continue }
                let digits = String(person * photos + photo, radix: 16)
                samples.append(
                    Sample(
                        photo: String(repeating: "0", count: 64 - digits.count) + digits, person: person, quality: 1,
                        embedding: embedding))
            }
        }
        let rule = try StrangerRule(
            falseNames: 0.01, comparisons: people,
            curve: [.init(far: 0.01, similarity: 0.379), .init(far: 0.0001, similarity: 0.612)])
        return unsourced(
            names: (0..<people).map { "Person \($0)" }, samples: samples, matching: matching, rule: rule)
    }

    /// A gallery for measuring, which no daemon takes: it does not say what made it.
    static func unsourced(names: [String], samples: [Sample], matching: Matching, rule: StrangerRule) -> Gallery {
        let none = String(repeating: "0", count: 64)
        let photos = Dictionary(grouping: samples, by: \.person).mapValues(\.count)
        return Gallery(
            description: Description(
                people: names.enumerated().map { Person(name: $0.element, photos: photos[$0.offset] ?? 0) },
                embedder: EmbedderOrigin(
                    id: "measured", sha256: none, crop: "none", standardisation: "none", precision: "f32"),
                detector: DetectorOrigin(id: "measured", sha256: none, input: 0), matching: matching,
                calibration: Calibration(rule: rule), files: [:], leftOut: [:]),
            samples: samples, svm: nil)
    }
}
