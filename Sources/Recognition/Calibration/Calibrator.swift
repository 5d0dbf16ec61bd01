import Inference
import VisageCore

/// Sets a gallery's stranger rule and tries it.
struct Calibrator {
    /// The embedder's; empty where nobody has measured it.
    let curve: [ModelManifest.ImpostorRate]
    let strangers: Strangers?

    /// The rule by the embedder's figures or, where it has none, by how alike the user's strangers are among each other.
    /// - Throws: `VisageError` (model) if neither tells.
    func rule(falseNames: Double, comparisons: Int) throws -> StrangerRule {
        let own = curve.count >= 2
        let measured = own ? curve : PairFigures.impostorRates(photosByPerson)
        guard measured.count >= 2 else {
            throw VisageError(
                .model,
                "How alike strangers are under this embedder is not known: the models' manifest, or the head on it, has no "
                    + "figures for it. Give photos of fifty people or more with --strangers")
        }
        return try StrangerRule(falseNames: falseNames, comparisons: comparisons, curve: measured)
    }

    /// Lets the strangers move the threshold, and tries it on them and on the gallery's own photos.
    /// - Returns: people whom the threshold does not tell apart.
    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    func calibrate(_ gallery: inout Gallery) throws -> [Gallery.LookAlikes] {
        if let strangers {
            let references = try References(gallery)
            let similarities = strangers.faces.map { references.similarities(to: $0.embedding).max() ?? -1 }
            if curve.count >= 2 {
                try gallery.description.calibration.rule.learn(
                    from: Self.singlePairs(strangers.faces.map(\.embedding), gallery), adjusted: similarities,
                    comparisons: gallery.people.count, curve: curve)
            }
            let threshold = gallery.threshold
            gallery.description.calibration.strangers = MeasuredRate(
                zip(strangers.faces, similarities).map { ($0.person, $1 >= threshold) })
        }
        let check = try CalibrationCheck(gallery)
        gallery.description.calibration.leftOut = check.strangers()
        gallery.description.calibration.recognized = check.recognized()
        return check.lookAlikes()
    }

    /// Of each face the similarity to the most similar of one photo of each person: what the embedder's figures are of.
    private static func singlePairs(_ faces: [Embedding], _ gallery: Gallery) -> [Double] {
        let first = Dictionary(
            gallery.samples.map { ($0.person, $0.embedding) }, uniquingKeysWith: { first, _ in first })
        let matrix = EmbeddingMatrix(first.sorted { $0.key < $1.key }.map(\.value))
        return faces.map { matrix.similarities(to: $0).max() ?? -1 }
    }

    private var photosByPerson: [[Embedding]] {
        Dictionary(grouping: strangers?.faces ?? [], by: \.person).sorted { $0.key < $1.key }
            .map { $0.value.map(\.embedding) }
    }
}
