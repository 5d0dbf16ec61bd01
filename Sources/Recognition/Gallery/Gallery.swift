import Foundation
import Inference
import Storage
import VisageCore

/// The people that Visage knows: their embeddings, what made them, how they are matched, and the calibrated stranger rule.
/// Biometric data: its files have mode 0600, and nothing of it is logged or sent.
public struct Gallery: Sendable {
    /// One photo's embedding.
    public struct Sample: Sendable {
        /// SHA-256 of the photo's file, 64 hexadecimal digits.
        public let photo: String
        /// Index into `people`.
        public let person: Int
        public let quality: Double
        public let embedding: Embedding

        package init(photo: String, person: Int, quality: Double, embedding: Embedding) {
            self.photo = photo
            self.person = person
            self.quality = quality
            self.embedding = embedding
        }
    }

    /// What `gallery.json` holds.
    public struct Description: Codable, Sendable {
        public static let schemaVersion = 3

        public var schema = Description.schemaVersion
        public var people: [Person]
        public var embedder: EmbedderOrigin
        public var detector: DetectorOrigin
        public var matching: Matching
        public var calibration: Calibration
        /// SHA-256 by file name, so that a gallery cut short is found before libsvm reads it.
        public var files: [String: String]
        /// Photos that training could not use, by SHA-256, with the reason: they need not be looked at again.
        public var leftOut: [String: String]
        /// Photos with several faces of which one was taken; nil where there are none.
        public var choices: [Choice]?
        /// SHA-256 of photos with several faces that were left out because it is not clear who is meant; another photo of the
        /// person may make it clear. nil where there are none.
        public var ambiguous: [String]?
        /// What it was trained from, so that `visage label` and `visage forget` can do so again.
        public var sources: Sources?
        /// `digest`, as it was when this was written.
        package var checksum: String?

        /// SHA-256 of all the rest, as JSON with sorted keys.
        package var digest: String {
            get throws {
                var rest = self
                rest.checksum = nil
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return FileDigest.sha256(of: try encoder.encode(rest))
            }
        }

        enum CodingKeys: String, CodingKey {
            case schema, people, embedder, detector, matching, calibration, files, choices, ambiguous, sources, checksum
            case leftOut = "left_out"
        }
    }

    /// The face that was taken of a photo with several.
    public struct Choice: Codable, Sendable, Hashable {
        /// Of the photo's file.
        public var sha256: String
        /// File name.
        public var photo: String
        public var person: String
        /// Faces among which there was a choice.
        public var faces: Int
        /// x, y, width and height in pixels of the photo.
        public var box: [Int]
        /// To the mean of the person's other photos, of the face that was taken and of the next best.
        public var similarity: Double
        public var next: Double
    }

    /// Absolute paths of faces folders.
    public struct Sources: Codable, Sendable, Hashable {
        public var faces: String
        public var strangers: String?

        init(faces: FacesFolder, strangers: FacesFolder?) {
            self.faces = Self.path(faces)
            self.strangers = strangers.map(Self.path)
        }

        private static func path(_ folder: FacesFolder) -> String {
            folder.folder.standardizedFileURL.absoluteURL.path
        }
    }

    public struct Person: Codable, Sendable {
        public var name: String
        public var photos: Int
    }

    public struct DetectorOrigin: Codable, Sendable, Hashable {
        public var id: String
        public var sha256: String
        public var input: Int

        public init(id: String, sha256: String, input: Int) {
            self.id = id
            self.sha256 = sha256
            self.input = input
        }
    }

    /// The stranger rule and how it did.
    public struct Calibration: Codable, Sendable {
        public var rule: StrangerRule
        /// Of the user's own strangers, those who get a name; nil without any.
        public var strangers: MeasuredRate?
        /// Of the gallery's photos, those that get another's name while their own person is left out.
        public var leftOut: MeasuredRate?
        /// Of the gallery's photos, those that get their name from the person's other photos.
        public var recognized: MeasuredRate?

        enum CodingKeys: String, CodingKey {
            case rule, strangers
            // As galleries have it on disk.
            case recognized = "recognised"
            case leftOut = "left_out"
        }
    }

    /// Two people whom the threshold does not tell apart.
    public struct LookAlikes: Sendable {
        public let names: [String]
        /// Cosine between their means.
        public let similarity: Double
    }

    public var description: Description
    public var samples: [Sample]
    /// Photos of others, by the person whom they were taken for: whoever is as similar to one of them as to the person is not
    /// this person.
    public var others: [Sample] = []
    /// nil for a gallery of one person, or one that is matched otherwise.
    public var svm: SupportVectorMachine?
    /// What was learnt on top of the embedder, if anything was.
    public var head: HeadFile?

    /// The same options with nobody known: who comes to it calls everybody unknown.
    public var emptied: Gallery {
        var description = description
        description.people = []
        description.files = [:]
        description.leftOut = [:]
        description.choices = nil
        description.ambiguous = nil
        description.calibration = Calibration(rule: description.calibration.rule)
        return Gallery(description: description, samples: [], svm: nil, head: head)
    }

    public var people: [String] { description.people.map(\.name) }
    public var threshold: Double { description.calibration.rule.threshold }

    /// What to do about names that people can no longer be given; nil where there are none.
    public var nameAdvice: String? {
        let names = people.filter { PersonName.problem($0) != nil }
        guard let first = names.first, let problem = PersonName.problem(first) else { return nil }
        let others = names.count > 1 ? " and \(names.count - 1) more" : ""
        return
            "the gallery has a person named `\(first)`\(others), which is no longer a name: \(problem). Rename the folder of "
            + "photos and train the gallery anew, or remove the person with `visage forget`"
    }

    /// People of whom every photo is too blurred or too dark to count in full.
    public var reducedPeople: [String] {
        let own = Dictionary(grouping: samples, by: \.person)
        return people.indices.filter { own[$0]?.allSatisfy { $0.embedding.length < 1 } ?? false }.map { people[$0] }
    }

    /// The weighted mean of each person's embeddings, in the order of `people`.
    public func means() throws -> [Embedding] {
        let own = Dictionary(grouping: samples, by: \.person)
        return try people.indices.map { person in
            guard let mean = Self.mean(own[person] ?? []) else {
                throw VisageError(.gallery, "The gallery has no usable photo of \(people[person])")
            }
            return mean
        }
    }

    static func mean(_ samples: [Sample]) -> Embedding? {
        Embedding.mean(samples.map { ($0.embedding, max(0.05, $0.quality)) })
    }
}

extension Gallery {
    /// - Throws: `VisageError` (gallery) if another embedder made it, with both names.
    public func check(_ embedder: EmbedderOrigin, path: String) throws {
        guard !description.embedder.isCompatible(with: embedder) else { return }
        let own = description.embedder
        throw VisageError(
            .gallery,
            "The gallery \(path) was made with \(own.id) (\(own.sha256.prefix(8)), \(own.crop), \(own.standardisation)), "
                + "but \(embedder.id) is now another one (\(embedder.sha256.prefix(8)), \(embedder.crop), "
                + "\(embedder.standardisation)); train it anew")
    }
}
