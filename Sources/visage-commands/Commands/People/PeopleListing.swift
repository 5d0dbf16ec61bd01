import Foundation
import Imaging
import Inference
import Recognition
import Storage
import VisageCore

/// What `visage people list --json` prints.
struct PeopleListing: Encodable {
    struct Person: Encodable {
        let name: String
        /// Whether the gallery in use knows the person.
        let enrolled: Bool
        let photos: [Photo]
        let others: [String]
        let nearest: Nearest?
        let advice: [String]
    }

    struct Photo: Encodable {
        let file: String
        let used: Bool
        /// 0...1; nil unless it is used.
        let quality: Double?
        /// Why it is not used.
        let reason: String?
    }

    struct Nearest: Encodable {
        let name: String
        let similarity: Double
        /// Whether the threshold does not tell them apart.
        let alike: Bool
    }

    let gallery: String
    let faces: String
    let matching: String?
    let threshold: Double?
    let trackThreshold: Double?
    let falseNames: Double?
    let strangers: MeasuredRate?
    let leftOut: MeasuredRate?
    let recognized: MeasuredRate?
    let advice: [String]
    let people: [Person]

    enum CodingKeys: String, CodingKey {
        case gallery, faces, matching, threshold, strangers, recognized, advice, people
        case trackThreshold = "track_threshold"
        case falseNames = "false_names"
        case leftOut = "left_out"
    }

    /// Fewer photos say little about how a person looks from another side.
    private static let fewPhotos = 3

    /// - Throws: `VisageError` (gallery).
    init(gallery: Gallery?, path: URL, faces: FacesFolder) throws {
        self.gallery = path.path
        self.faces = faces.folder.path
        let rule = gallery?.description.calibration.rule
        matching = gallery?.description.matching.rawValue
        threshold = rule?.threshold.roundedToFourDecimals
        trackThreshold = rule?.trackThreshold.roundedToFourDecimals
        falseNames = rule?.falseNames
        strangers = gallery?.description.calibration.strangers
        leftOut = gallery?.description.calibration.leftOut
        recognized = gallery?.description.calibration.recognized
        advice = [gallery?.nameAdvice, gallery?.matchingAdvice].compactMap { $0 }
        let nearest = try gallery.map { Dictionary(uniqueKeysWithValues: zip($0.people, try $0.nearest())) } ?? [:]
        let reduced = Set(gallery?.reducedPeople ?? [])
        let samples = Dictionary(
            (gallery?.samples ?? []).map { ($0.photo, $0.quality) }, uniquingKeysWith: { one, _ in one })
        let known = Set(gallery?.people ?? [])
        let names = known.union(faces.people.map(\.name)).sorted()
        people = names.map { name in
            let own = faces.people.first { $0.name == name }
            var seen: Set<String> = []
            let photos = (own?.photos ?? []).map { Self.photo($0, gallery, samples, &seen) }
            let like = (nearest[name] ?? nil).map {
                Nearest(
                    name: $0.name, similarity: $0.similarity.roundedToFourDecimals,
                    alike: $0.similarity >= rule?.threshold ?? 1)
            }
            return Person(
                name: name, enrolled: known.contains(name), photos: photos,
                others: (own?.others ?? []).map(\.lastPathComponent), nearest: like,
                advice: Self.advice(
                    photos, like, enrolled: known.contains(name), reduced: reduced.contains(name)))
        }
    }

    private static func photo(
        _ file: URL, _ gallery: Gallery?, _ samples: [String: Double], _ seen: inout Set<String>
    ) -> Photo {
        func photo(_ quality: Double?, _ reason: String?) -> Photo {
            Photo(
                file: file.lastPathComponent, used: quality != nil, quality: quality?.roundedToFourDecimals,
                reason: reason)
        }
        guard let digest = try? FileDigest.sha256(of: file) else { return photo(nil, "it cannot be read") }
        guard seen.insert(digest).inserted else { return photo(nil, "the same file as another photo of this person") }
        if let quality = samples[digest] { return photo(quality, nil) }
        if gallery?.description.ambiguous?.contains(digest) == true {
            return photo(nil, "several faces, and the other photos do not say which one is meant")
        }
        return photo(nil, gallery?.description.leftOut[digest] ?? "not trained with yet")
    }

    private static func advice(_ photos: [Photo], _ like: Nearest?, enrolled: Bool, reduced: Bool) -> [String] {
        let used = photos.count(where: \.used)
        var advice: [String] = []
        if !enrolled {
            advice.append("not in the gallery: no photo can be used yet")
        } else if photos.isEmpty {
            advice.append("there are no photos any more: the next training would forget this person")
        } else if used < fewPhotos {
            advice.append(
                "\(used == 1 ? "one photo" : "\(used) photos"): add photos from other days, with other light, and from the "
                    + "camera itself, up to five")
        }
        if reduced {
            advice.append("only blurred or dark photos, which take more likeness to be recognized: add sharp ones")
        }
        if let like, like.alike {
            advice.append(
                "looks like \(like.name) (similarity \(like.similarity)): if they are one person, move the photos together; if "
                    + "not, add photos of both")
        }
        return advice
    }
}
