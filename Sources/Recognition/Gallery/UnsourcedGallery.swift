import VisageCore

extension Gallery {
    /// A gallery for measurements. No daemon accepts it, because it does not name the models that made it.
    package static func unsourced(names: [String], samples: [Sample], matching: Matching, rule: StrangerRule) -> Gallery
    {
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
