import VisageCore

/// Names embeddings: the SVM or the nearest photo says who, the similarity to that person whether it is anybody known.
public struct GalleryClassifier: IdentityClassifier {
    private let people: [String]
    private let references: References
    private let svm: SupportVectorMachine?
    public let threshold: Double

    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    public init(_ gallery: Gallery) throws {
        people = gallery.people
        references = try References(gallery)
        svm = gallery.svm
        threshold = gallery.threshold
    }

    /// Cosine to a person by name; nil for somebody who is not in the gallery.
    func similarity(of embedding: Embedding, to name: String) -> Double? {
        people.firstIndex(of: name).map { references.similarities(to: embedding)[$0] }
    }

    public func classify(_ embedding: Embedding) -> Match? {
        let similarities = references.similarities(to: embedding)
        guard let nearest = similarities.indices.max(by: { similarities[$0] < similarities[$1] }) else { return nil }
        let prediction = svm?.predict(embedding)
        let person = prediction?.label ?? nearest
        guard similarities.indices.contains(person) else { return nil }
        let others = similarities.indices.lazy.filter { $0 != person }.map { similarities[$0] }.max()
        return Match(
            name: people[person], probability: prediction?.probabilities[person], similarity: similarities[person],
            margin: others.map { similarities[person] - $0 }, accepted: similarities[person] >= threshold)
    }
}
