import Foundation
import Imaging
import Recognition
import VisageCore

/// The answers that a gallery gives to photos of its people and of strangers. In each photo the largest face counts.
public struct GalleryEvaluation: Sendable {
    /// The answer to one photo.
    public struct Answer: Sendable {
        public let photo: URL
        /// Name of the folder that the photo is in.
        public let person: String
        public let isStranger: Bool
        /// nil if there is no face; then the following values are nil, too.
        public let face: Face?
        public let embedding: Embedding?
        /// nil also if the gallery is empty.
        public let match: Match?
        /// Similarity to `person`; nil if the gallery does not have that person.
        public let ownSimilarity: Double?

        /// A name, or `unknown`; nil if there is no face.
        public var given: String? {
            face.map { _ in match.flatMap { $0.accepted ? $0.name : nil } ?? "unknown" }
        }

        public var isRight: Bool { isStranger ? match?.accepted != true : given == person }
    }

    public let people: [String]
    public let threshold: Double
    public let answers: [Answer]
    public let strangers: [Answer]
    /// Stranger folders that were left out because the gallery has somebody of that name.
    public let known: [String]

    /// - Parameter progress: called after each photo with the number done; from any thread.
    /// - Throws: `VisageError` (engine).
    public init(
        classifier: GalleryClassifier, people: [String], reader: PhotoReader, photos: FacesFolder,
        strangers: FacesFolder?, concurrency: Int, progress: @escaping @Sendable (Int) -> Void
    ) throws {
        self.people = people
        threshold = classifier.threshold
        let own = photos.people.flatMap { person in person.photos.map { (person.name, $0) } }
        let (foreign, known) = strangers?.without(people) ?? ([], [])
        self.known = known
        let done = Counter(progress)
        func ask(_ photos: [(person: String, url: URL)], areStrangers: Bool) throws -> [Answer] {
            try concurrentMap(photos, width: concurrency) { person, url -> Answer in
                defer { done.increment() }
                let found = try (try? Photo.read(url)).flatMap { try reader.readUsable($0, choice: .largest) }
                let embedding = found?.sample.embedding
                return Answer(
                    photo: url, person: person, isStranger: areStrangers, face: found?.face, embedding: embedding,
                    match: embedding.flatMap { classifier.classify(photo: $0) },
                    ownSimilarity: embedding.flatMap { classifier.similarity(of: $0, to: person) })
            }
        }
        answers = try ask(own, areStrangers: false)
        self.strangers = try ask(foreign, areStrangers: true)
    }

    /// Rates over people and photos; keys as `visage evaluate --json` prints them.
    public struct Summary: Codable, Sendable {
        public var people: Int
        public var photos: Int
        public var correct: Int
        public var accuracy: Double
        /// Photos of known people that were taken for strangers.
        public var unknown: Int
        public var wrong: Int
        public var noFace: Int
        /// True positive identification rate: `correct` over photos with a face.
        public var tpir: Double?
        /// False positive identification rate over photos of strangers with a face.
        public var fpir: Double?
        public var threshold: Double
        public var strangers: Strangers?

        public struct Strangers: Codable, Sendable {
            public var people: Int
            public var photos: Int
            public var named: Int
            public var peopleNamed: Int
            public var noFace: Int

            enum CodingKeys: String, CodingKey {
                case people, photos, named
                case peopleNamed = "people_named"
                case noFace = "no_face"
            }
        }

        enum CodingKeys: String, CodingKey {
            case people, photos, correct, accuracy, unknown, wrong, tpir, fpir, threshold, strangers
            case noFace = "no_face"
        }
    }

    public var summary: Summary {
        let correct = answers.count(where: \.isRight)
        let wrong = answers.count { $0.match?.accepted == true && !$0.isRight }
        let noFace = answers.count { $0.face == nil }
        var summary = Summary(
            people: people.count, photos: answers.count, correct: correct,
            accuracy: Self.share(correct, of: answers.count), unknown: answers.count - correct - wrong - noFace,
            wrong: wrong, noFace: noFace, threshold: threshold.roundedToFourDecimals)
        guard !strangers.isEmpty else { return summary }
        let faces = strangers.filter { $0.face != nil }
        let named = faces.filter { $0.match?.accepted == true }
        summary.tpir = Self.share(correct, of: answers.count - noFace)
        summary.fpir = Self.share(named.count, of: faces.count)
        summary.strangers = Summary.Strangers(
            people: Set(strangers.map(\.person)).count, photos: strangers.count, named: named.count,
            peopleNamed: Set(named.map(\.person)).count, noFace: strangers.count - faces.count)
        return summary
    }

    static func share(_ part: Int, of whole: Int) -> Double {
        whole > 0 ? (Double(part) / Double(whole)).roundedToFourDecimals : 0
    }
}
