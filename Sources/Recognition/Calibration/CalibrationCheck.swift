import Foundation
import VisageCore

/// Tries a gallery's stranger rule on its own photos, leaving out what must not be known.
struct CalibrationCheck {
    private let gallery: Gallery
    private let references: References
    private let means: [Embedding]
    /// Photos that are tried: evenly chosen where there are more than `most`.
    private let tried: [Int]
    private static let most = 2000

    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    init(_ gallery: Gallery) throws {
        self.gallery = gallery
        references = try References(gallery)
        means = try gallery.means()
        let count = gallery.samples.count
        tried = (0..<min(count, Self.most)).map { $0 * count / min(count, Self.most) }
    }

    /// Shows each photo to the gallery without its person, as a stranger: the share that gets a name. nil for a gallery
    /// of one person.
    func strangers() -> MeasuredRate? {
        guard means.count > 1 else { return nil }
        return MeasuredRate(
            tried.map { index in
                let sample = gallery.samples[index]
                let similarities = references.similarities(to: sample.embedding)
                return (
                    gallery.people[sample.person],
                    similarities.indices.contains {
                        $0 != sample.person && similarities[$0] >= gallery.threshold
                    }
                )
            })
    }

    /// Shows each photo to the gallery as if only its person's other photos were in it: the share that gets the right
    /// name. nil where nobody has two photos.
    func recognized() -> MeasuredRate? {
        let own = Dictionary(grouping: gallery.samples.indices) { gallery.samples[$0].person }
        let outcomes = tried.compactMap { index -> (person: String, isSo: Bool)? in
            let sample = gallery.samples[index]
            let rest = (own[sample.person] ?? []).filter { $0 != index }.map { gallery.samples[$0] }
            guard let similarity = similarity(of: sample.embedding, to: rest) else { return nil }
            let others =
                references.similarities(to: sample.embedding).enumerated()
                .filter { $0.offset != sample.person }.map(\.element).max() ?? -1
            return (gallery.people[sample.person], similarity >= gallery.threshold && similarity > others)
        }
        return outcomes.isEmpty ? nil : MeasuredRate(outcomes)
    }

    private func similarity(of embedding: Embedding, to samples: [Gallery.Sample]) -> Double? {
        switch gallery.description.matching {
        case .svm:
            Gallery.mean(samples).map {
                gallery.description.calibration.rule.adjusted(
                    $0.similarity(embedding), views: 1, photos: $0.independentViews)
            }
        case .nearest: samples.map { $0.embedding.similarity(embedding) }.max()
        }
    }

    /// Of each person, the one in the gallery who is most like them, with what is held against the threshold; nil in a
    /// gallery of one.
    func nearest() -> [(person: Int, similarity: Double)?] {
        let matrix = EmbeddingMatrix(means)
        return means.enumerated().map { person, mean in
            matrix.similarities(to: mean).enumerated().filter { $0.offset != person }
                .map { other, similarity in
                    (
                        other,
                        gallery.description.calibration.rule.adjusted(
                            similarity, views: mean.independentViews, photos: means[other].independentViews)
                    )
                }.max { $0.1 < $1.1 }
        }
    }

    /// People of the gallery whom its threshold cannot tell apart, the most alike first.
    func lookAlikes() -> [Gallery.LookAlikes] {
        let matrix = EmbeddingMatrix(means)
        var found: [Gallery.LookAlikes] = []
        for (person, mean) in means.enumerated() {
            let similarities = matrix.similarities(to: mean)
            for other in similarities.indices.dropFirst(person + 1) {
                let similarity = gallery.description.calibration.rule.adjusted(
                    similarities[other], views: mean.independentViews, photos: means[other].independentViews)
                guard similarity >= gallery.threshold else { continue }
                found.append(
                    Gallery.LookAlikes(names: [gallery.people[person], gallery.people[other]], similarity: similarity))
            }
        }
        return found.sorted { $0.similarity > $1.similarity }
    }
}
