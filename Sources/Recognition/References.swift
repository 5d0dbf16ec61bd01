import VisageCore

/// What a face is compared with: for the SVM each person's mean, for the nearest neighbour each photo.
struct References: Sendable {
    private let matrix: EmbeddingMatrix
    /// The person of each row.
    private let owners: [Int]
    private let people: Int

    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    init(_ gallery: Gallery) throws {
        people = gallery.people.count
        switch gallery.description.matching {
        case .svm:
            matrix = EmbeddingMatrix(try gallery.means())
            owners = Array(0..<people)
        case .nearest:
            matrix = EmbeddingMatrix(gallery.samples.map(\.embedding))
            owners = gallery.samples.map(\.person)
        }
    }

    /// How many comparisons a stranger must survive.
    var count: Int { owners.count }

    /// Cosine to each person, in the order of the gallery's people: to the mean, or to the nearest photo.
    func similarities(to embedding: Embedding) -> [Double] {
        let rows = matrix.similarities(to: embedding)
        var best = [Double](repeating: -1, count: people)
        for (row, similarity) in rows.enumerated() { best[owners[row]] = max(best[owners[row]], similarity) }
        return best
    }
}
