import Foundation
import Recognition
import VisageCore

/// Time to train and to match galleries of many people, on synthetic embeddings.
package enum MatchingBench {
    /// Keys as `visage bench --people --json` prints them.
    package struct Row: Encodable {
        package let people: Int
        package let photos: Int
        package let matching: String
        package let trainSeconds: Double
        package let loadSeconds: Double
        package let answerMs: Double
        package let megabytes: Double

        enum CodingKeys: String, CodingKey {
            case people, photos, matching, megabytes
            case trainSeconds = "train_seconds"
            case loadSeconds = "load_seconds"
            case answerMs = "answer_ms"
        }
    }

    private static let sizes = [5, 20, 100, 300, 1000, 3000, 10_000]
    /// Photos per person.
    private static let photos = 3

    /// Numbers of people that can be measured.
    package static let people = 2...100_000

    /// - Parameters:
    ///   - dimension: of the embeddings.
    ///   - scratch: a folder for the galleries.
    ///   - maxPeople: the largest number of people, which is measured last.
    ///   - report: called with each row.
    /// - Throws: `VisageError`.
    package static func run(
        dimension: Int, scratch: URL, maxPeople: Int, report: (Row) throws -> Void
    ) throws {
        for people in sizes.filter({ $0 < maxPeople }) + [maxPeople] {
            for matching in Matching.allCases where matching == .nearest || people <= Matching.tooManyPeople {
                try report(row(people, matching, dimension, scratch.appending(path: "\(people)-\(matching.rawValue)")))
            }
        }
    }

    private static func row(_ people: Int, _ matching: Matching, _ dimension: Int, _ folder: URL) throws -> Row {
        let gallery = try Gallery.synthetic(
            people: people, photos: photos, dimension: dimension, matching: matching)
        let training = try seconds { try GalleryFile.write(gallery, to: folder) }
        var classifier: GalleryClassifier?
        let loading = try seconds { classifier = try GalleryClassifier(GalleryFile.load(folder)) }
        let probes = gallery.samples.prefix(200).map(\.embedding)
        let answering = seconds { for probe in probes { _ = classifier?.classify(probe) } }
        let size = try FileManager.default.contentsOfDirectory(atPath: folder.path).reduce(0) {
            $0 + ((try FileManager.default.attributesOfItem(atPath: folder.path + "/" + $1)[.size] as? Int) ?? 0)
        }
        return Row(
            people: people, photos: people * photos, matching: matching.rawValue,
            trainSeconds: training.roundedToFourDecimals, loadSeconds: loading.roundedToFourDecimals,
            answerMs: (answering / Double(probes.count) * 1000).roundedToFourDecimals,
            megabytes: (Double(size) / 1e6).roundedToFourDecimals)
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = MonotonicTime.now
        try work()
        return (MonotonicTime.now - start).inSeconds
    }
}
