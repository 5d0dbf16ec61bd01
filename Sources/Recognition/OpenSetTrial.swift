import Foundation
import Inference
import VisageCore

/// Tries the stranger rule on people drawn at random: a gallery of some who have several photos, one enrolled of each,
/// their other photos as probes, and everybody else as strangers.
public struct OpenSetTrial: Sendable {
    /// One photo of somebody.
    public struct Photo: Sendable {
        public let person: String
        public let sample: FaceSample

        public init(person: String, sample: FaceSample) {
            self.person = person
            self.sample = sample
        }
    }

    /// What came of the draws; keys as `--json` prints them.
    public struct Summary: Codable, Sendable {
        public var people: Int
        public var falseNames: Double
        public var draws: Int
        /// Means over the draws: right names of probes, and names of strangers' photos.
        public var tpir: Double
        public var fpir: Double
        /// The mean share of strangers of whom a photo got a name.
        public var strangersNamed: Double
        /// Means over the draws.
        public var probes: Double
        public var strangers: Double
        public var strangerPhotos: Double
        public var threshold: Double
        /// The upper bounds of the 95 % intervals around the mean counts of one draw, by photos and by people: draws of
        /// the same people do not add up.
        public var fpirHigh: Double
        public var strangersNamedHigh: Double

        enum CodingKeys: String, CodingKey {
            case people, draws, tpir, fpir, probes, strangers, threshold
            case falseNames = "false_names"
            case strangersNamed = "strangers_named"
            case strangerPhotos = "stranger_photos"
            case fpirHigh = "fpir_high"
            case strangersNamedHigh = "strangers_named_high"
        }
    }

    /// Where the embedder's impostor figures come from.
    public enum Figures: String, Sendable, CaseIterable {
        /// The models' manifest.
        case shipped
        /// Half of the people who are in no gallery; only the other half are strangers then.
        case half
    }

    private let byPerson: [(name: String, photos: [FaceSample])]
    private let curve: [ModelManifest.ImpostorRate]

    public init(_ photos: [Photo], curve: [ModelManifest.ImpostorRate]) {
        byPerson = Dictionary(grouping: photos, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.map(\.sample)) }
        self.curve = curve
    }

    /// - Parameter scratch: a folder for galleries.
    /// - Throws: `VisageError` if there are too few people with two photos.
    public func run(
        people: Int, falseNames: Double, draws: Int, figures: Figures, scratch: URL
    ) throws -> Summary {
        let eligible = byPerson.indices.filter { byPerson[$0].photos.count >= 2 }
        guard eligible.count >= people, people >= 2 else {
            throw VisageError(
                .gallery, "A gallery of \(people) people cannot be drawn: \(eligible.count) have two photos or more")
        }
        var sums = [Double](repeating: 0, count: 7)
        for draw in 0..<draws {
            var random = SplitMix(seed: UInt64(draw + 1))
            let known = Array(eligible.shuffled(using: &random).prefix(people)).sorted()
            var others = byPerson.indices.filter { !known.contains($0) }.shuffled(using: &random)
            var curve = curve
            if figures == .half {
                let half = others.count / 2
                curve = PairFigures.impostorRates(
                    others.prefix(half).map { person in byPerson[person].photos.map { Vector($0.embedding.values) } })
                others = Array(others.dropFirst(half))
            }
            let outcome = try one(known, others, falseNames, curve, scratch, &random)
            for (index, value) in outcome.enumerated() { sums[index] += value / Double(draws) }
        }
        let named = MeasuredRate(count: Int(sums[2].rounded()), of: Int(sums[3].rounded()), people: 0)
        let who = MeasuredRate(count: Int(sums[4].rounded()), of: Int(sums[5].rounded()), people: 0)
        return Summary(
            people: people, falseNames: falseNames, draws: draws, tpir: Event.rounded(sums[0] / max(1, sums[1])),
            fpir: Event.rounded(sums[2] / max(1, sums[3])), strangersNamed: Event.rounded(sums[4] / max(1, sums[5])),
            probes: Event.rounded(sums[1]), strangers: Event.rounded(sums[5]),
            strangerPhotos: Event.rounded(sums[3]), threshold: Event.rounded(sums[6]),
            fpirHigh: Event.rounded(named.high), strangersNamedHigh: Event.rounded(who.high))
    }

    /// - Returns: right names and probes; named photos and photos of strangers; named strangers and strangers; threshold.
    private func one(
        _ known: [Int], _ others: [Int], _ falseNames: Double, _ curve: [ModelManifest.ImpostorRate], _ scratch: URL,
        _ random: inout SplitMix
    ) throws -> [Double] {
        var samples: [Gallery.Sample] = []
        var probes: [(name: String, embedding: Embedding)] = []
        for (index, person) in known.enumerated() {
            let photos = byPerson[person].photos.shuffled(using: &random)
            samples.append(
                Gallery.Sample(
                    photo: String(repeating: "0", count: 64), person: index, quality: photos[0].quality.overall,
                    embedding: photos[0].embedding))
            probes += photos.dropFirst().map { (byPerson[person].name, $0.embedding) }
        }
        let rule = try StrangerRule(falseNames: falseNames, comparisons: known.count, curve: curve)
        let gallery = Gallery.unsourced(
            names: known.map { byPerson[$0].name }, samples: samples, matching: .svm, rule: rule)
        let folder = scratch.appending(path: "gallery", directoryHint: .isDirectory)
        try GalleryFile.write(gallery, to: folder)
        let classifier = try GalleryClassifier(GalleryFile.load(folder))
        func name(_ embedding: Embedding) -> String? {
            classifier.classify(embedding).flatMap { $0.accepted ? $0.name : nil }
        }
        let right = probes.count { name($0.embedding) == $0.name }
        let named = others.map { person in byPerson[person].photos.count { name($0.embedding) != nil } }
        return [
            Double(right), Double(probes.count), Double(named.reduce(0, +)),
            Double(others.reduce(0) { $0 + byPerson[$1].photos.count }), Double(named.count { $0 > 0 }),
            Double(others.count), rule.threshold,
        ]
    }
}
