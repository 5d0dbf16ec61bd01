import VisageCore

/// What a face is compared with: for the SVM each person's mean, for the nearest neighbor each photo.
struct References: Sendable {
    private let matrix: EmbeddingMatrix
    /// The person of each row, and the independent photos in it.
    private let owners: [(person: Int, photos: Double)]
    private let people: Int
    private let rule: StrangerRule

    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    init(_ gallery: Gallery) throws {
        people = gallery.people.count
        rule = gallery.description.calibration.rule
        switch gallery.description.matching {
        case .svm:
            let means = try gallery.means()
            matrix = EmbeddingMatrix(means)
            owners = means.enumerated().map { ($0.offset, $0.element.independentViews) }
        case .nearest:
            matrix = EmbeddingMatrix(gallery.samples.map(\.embedding))
            owners = gallery.samples.map { ($0.person, 1) }
        }
    }

    /// How many comparisons a stranger must survive.
    var count: Int { owners.count }

    /// Similarity to each person, in the order of the gallery's people: to the mean, or to the nearest photo, as
    /// `StrangerRule.adjusted` has it.
    func similarities(to embedding: Embedding) -> [Double] {
        let rows = matrix.similarities(to: embedding)
        let views = embedding.independentViews
        var best = [Double](repeating: -1, count: people)
        for (row, similarity) in rows.enumerated() {
            let (person, photos) = owners[row]
            best[person] = max(best[person], rule.adjusted(similarity, views: views, photos: photos))
        }
        return best
    }
}
