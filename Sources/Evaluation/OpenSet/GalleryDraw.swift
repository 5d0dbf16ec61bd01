import Foundation
import Inference
import Recognition
import VisageCore

/// A gallery of people that are drawn at random, for trials.
public struct GalleryDraw {
    /// For each enrolled person, by index, the indices of the photos that are enrolled.
    public let enrolled: [Int: Set<Int>]
    /// In the order of the gallery.
    public let names: [String]
    public let classifier: GalleryClassifier
    let rule: StrangerRule

    /// - Parameters:
    ///   - people: everybody, each with their photos.
    ///   - curve: the embedder's impostor figures.
    /// - Returns: nil if too few people can be enrolled and still have a probe.
    /// - Throws: `VisageError`.
    public init?(
        _ people: [(name: String, photos: [FaceSample])], _ cell: OpenSetTrial.Cell, seed: UInt64,
        curve: [ModelManifest.ImpostorRate]
    ) throws {
        var random = SplitMix(seed: seed)
        let eligible = Self.eligible(people.map(\.photos), cell)
        guard eligible.count >= cell.people, cell.people >= 2 else { return nil }
        let known = Array(eligible.shuffled(using: &random).prefix(cell.people)).sorted {
            people[$0].name < people[$1].name
        }
        var enrolled: [Int: Set<Int>] = [:]
        var samples: [Gallery.Sample] = []
        for (index, person) in known.enumerated() {
            let photos = people[person].photos
            let usable = photos.indices.filter { EnrollmentRule.embedding(of: photos[$0]) != nil }
            let wanted = cell.photos.lowerBound + index % cell.photos.count
            for photo in usable.shuffled(using: &random).prefix(wanted) {
                guard let embedding = EnrollmentRule.embedding(of: photos[photo]) else { continue }
                enrolled[person, default: []].insert(photo)
                samples.append(
                    Gallery.Sample(
                        photo: String(repeating: "0", count: 64), person: index, quality: photos[photo].quality.overall,
                        embedding: embedding))
            }
        }
        self.enrolled = enrolled
        names = known.map { people[$0].name }
        rule = try StrangerRule(
            falseNames: cell.falseNames, comparisons: cell.matching == .svm ? known.count : samples.count, curve: curve)
        let folder = URL(filePath: NSTemporaryDirectory(), directoryHint: .isDirectory)
            .appending(path: "visage-trial-\(UUID().uuidString)", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: folder) }
        try GalleryFile.write(
            Gallery.unsourced(names: names, samples: samples, matching: cell.matching, rule: rule), to: folder)
        classifier = try GalleryClassifier(GalleryFile.load(folder), givesProbabilities: false)
    }

    /// People who can be enrolled and still have a probe.
    static func eligible(_ people: [[FaceSample]], _ cell: OpenSetTrial.Cell) -> [Int] {
        people.indices.filter { person in
            people[person].count { EnrollmentRule.embedding(of: $0) != nil } >= cell.photos.upperBound
                && people[person].count >= cell.photos.upperBound + cell.views
        }
    }
}
