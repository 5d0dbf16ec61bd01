import Inference
import VisageCore

/// Finds, in photos with several faces, the person whom all photos of a folder show: the face that the person's other
/// photos agree on.
struct FaceChoice {
    /// What can be learned from one photo with several faces.
    struct Photo {
        /// In any order.
        let candidates: [Embedding]
    }

    /// The face that was taken.
    struct Outcome: Equatable {
        /// Index into the photo's candidates.
        let candidate: Int
        /// To the person's other photos.
        let similarity: Double
        /// Of the photo's next best face.
        let next: Double
    }

    /// Similarity to photos that show the person for certain: FAR 1e-3, as a photo has few faces.
    private let agreement: Double
    /// Similarity of two faces where no photo shows the person for certain: FAR 1e-4, as there are many pairs.
    private let pairAgreement: Double
    /// What the chosen face must be ahead of the photo's others: half a decade of the impostor curve.
    private let lead: Double

    /// - Parameter curve: the embedder's impostor figures; nil without them, for then nothing tells the faces apart.
    init?(_ curve: [ModelManifest.ImpostorRate]) {
        guard let wide = try? StrangerRule.unboundedSimilarity(at: 1e-2, curve: curve),
            let agreement = try? StrangerRule.unboundedSimilarity(at: 1e-3, curve: curve),
            let pairAgreement = try? StrangerRule.unboundedSimilarity(at: 1e-4, curve: curve)
        else { return nil }
        self.agreement = agreement
        self.pairAgreement = pairAgreement
        lead = (agreement - wide) / 2
    }

    /// - Parameter certain: embeddings of the person's photos with a single face.
    /// - Returns: for each photo the face that was taken; nil where it stays ambiguous.
    func choose(_ photos: [Photo], certain: [Embedding]) -> [Outcome?] {
        var outcomes = [Outcome?](repeating: nil, count: photos.count)
        var known = certain
        if known.isEmpty {
            guard let pair = mostSimilarPair(photos) else { return outcomes }
            known = [pair.0, pair.1]
        }
        // The clearest photo first: it helps to tell the others.
        while let reference = Embedding.mean(known.map { ($0, 1) }) {
            let open = photos.indices.filter { outcomes[$0] == nil }
            let best = open.compactMap { index in rank(photos[index], reference).map { (index: index, outcome: $0) } }
                .max { ($0.outcome.similarity, $1.index) < ($1.outcome.similarity, $0.index) }
            guard let best else { break }
            outcomes[best.index] = best.outcome
            known.append(photos[best.index].candidates[best.outcome.candidate])
        }
        return outcomes
    }

    private func rank(_ photo: Photo, _ reference: Embedding) -> Outcome? {
        let ranked = photo.candidates.map(reference.similarity).enumerated().sorted { $0.element > $1.element }
        guard let best = ranked.first, best.element >= agreement else { return nil }
        let next = ranked.count > 1 ? ranked[1].element : -1
        return best.element - next >= lead ? Outcome(candidate: best.offset, similarity: best.element, next: next) : nil
    }

    /// Faces of two photos that must be one person's; nil if there are none, or if two people are in more than one photo.
    private func mostSimilarPair(_ photos: [Photo]) -> (Embedding, Embedding)? {
        var pairs: [(similarity: Double, faces: (Embedding, Embedding))] = []
        for (index, photo) in photos.enumerated() {
            for other in photos.dropFirst(index + 1) {
                for one in photo.candidates {
                    for two in other.candidates {
                        let similarity = one.similarity(two)
                        if similarity >= pairAgreement { pairs.append((similarity, (one, two))) }
                    }
                }
            }
        }
        guard let best = pairs.max(by: { $0.similarity < $1.similarity })?.faces,
            let person = Embedding.mean([(best.0, 1), (best.1, 1)])
        else { return nil }
        let isUnique = pairs.allSatisfy {
            person.similarity($0.faces.0) >= agreement && person.similarity($0.faces.1) >= agreement
        }
        return isUnique ? best : nil
    }
}
