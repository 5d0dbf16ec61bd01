import VisageCore

/// Faces that were given a name by mistake, as somebody has said. Whoever is at least as similar to such a face as to the
/// person whose name it got is not given that name. No other name can come of it, so a promise about strangers stays kept.
struct KnownMistakes: Sendable {
    /// The similarity to a person who it cannot be.
    static let excluded = -1.0

    /// By index of the person.
    private let faces: [(person: Int, matrix: EmbeddingMatrix)]
    private let rule: StrangerRule

    init(_ gallery: Gallery) {
        rule = gallery.description.calibration.rule
        faces = Dictionary(grouping: gallery.others, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, EmbeddingMatrix($0.value.map(\.embedding))) }
    }

    /// - Parameter similarities: to each person, as `References` has them.
    /// - Returns: the same, with `excluded` for those who it cannot be.
    func excluding(_ embedding: Embedding, from similarities: [Double]) -> [Double] {
        var similarities = similarities
        for (person, matrix) in faces where similarities.indices.contains(person) {
            guard let nearest = matrix.similarities(to: embedding).max() else { continue }
            // Adjusted as those are: a mistake is one photo.
            let similarity = rule.adjusted(nearest, views: embedding.independentViews, photos: 1)
            if similarity >= similarities[person] { similarities[person] = Self.excluded }
        }
        return similarities
    }
}
