import VisageCore

extension Gallery {
    /// A gallery of synthetic people, for measuring time; the same at every call.
    /// - Parameter photos: of each person; their embeddings have a cosine of 0.7 on the average, as a person's photos do.
    /// - Throws: `VisageError` (gallery).
    package static func synthetic(people: Int, photos: Int, dimension: Int, matching: Matching) throws -> Gallery {
        var random = SplitMix(seed: 1)
        // A sum of uniform numbers is near enough to a normal one.
        func uniform() -> Float { Float.random(in: -0.5...0.5, using: &random) }
        func direction() -> [Float] { (0..<dimension).map { _ in uniform() + uniform() + uniform() } }
        var samples: [Sample] = []
        for person in 0..<people {
            let center = direction()
            for photo in 0..<photos {
                // Noise of 0.65 the length: 1 / (1 + 0.65²) = 0.7.
                let raw = zip(center, direction()).map { $0 + 0.65 * $1 }
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
}
