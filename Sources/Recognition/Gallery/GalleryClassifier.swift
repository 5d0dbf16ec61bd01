import VisageCore

/// Names embeddings: the similarity says whether a face can be somebody of the gallery, the SVM or the nearest photo who.
public struct GalleryClassifier: IdentityClassifier {
    private let people: [String]
    private let references: References
    private let mistakes: KnownMistakes
    private let svm: SupportVectorMachine?
    private let givesProbabilities: Bool
    /// Similarity from which a single photo's face gets a name.
    public let threshold: Double
    public let trackThreshold: Double

    /// - Parameter givesProbabilities: whether the SVM is asked for them. With many people that takes longer than all the
    ///   rest; the names are the same without.
    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    public init(_ gallery: Gallery, givesProbabilities: Bool = true) throws {
        self.givesProbabilities = givesProbabilities
        people = gallery.people
        references = try References(gallery)
        mistakes = KnownMistakes(gallery)
        svm = gallery.svm
        threshold = gallery.threshold
        trackThreshold = gallery.description.calibration.rule.trackThreshold
    }

    /// Similarity to a person by name; nil for somebody who is not in the gallery.
    package func similarity(of embedding: Embedding, to name: String) -> Double? {
        people.firstIndex(of: name).map { references.similarities(to: embedding)[$0] }
    }

    public func classify(_ embedding: Embedding) -> Match? { classify(embedding, threshold: trackThreshold) }

    /// Names the face of a single photo.
    /// - Returns: nil when the gallery has nobody, or only people for whom this face was taken by mistake.
    public func classify(photo embedding: Embedding) -> Match? { classify(embedding, threshold: threshold) }

    /// The SVM chooses among the people whose similarity reaches the threshold; if it names none of them, the most similar
    /// person stands. An SVM alone loses people with few photos: it votes for others with more, to whom the face is then
    /// not similar enough.
    private func classify(_ embedding: Embedding, threshold: Double) -> Match? {
        let similarities = mistakes.excluding(embedding, from: references.similarities(to: embedding))
        guard let nearest = similarities.indices.max(by: { similarities[$0] < similarities[$1] }),
            similarities[nearest] > KnownMistakes.excluded
        else { return nil }
        // Where at most one person is similar enough, the SVM has no say in the name.
        let isContested = similarities.count { $0 >= threshold } > 1
        let prediction = isContested || givesProbabilities ? svm?.predict(embedding) : nil
        var person = nearest
        if let label = prediction?.label, similarities.indices.contains(label), similarities[label] >= threshold {
            person = label
        }
        let others = similarities.indices.lazy.filter { $0 != person }.map { similarities[$0] }.max()
        return Match(
            name: people[person], probability: prediction?.probabilities[person], similarity: similarities[person],
            margin: others.map { similarities[person] - $0 }, accepted: similarities[person] >= threshold)
    }
}
