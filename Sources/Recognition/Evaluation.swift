import Foundation
import VisageCore

/// How a gallery does on photos of its people, and of strangers. Counts a photo's largest face.
public struct Evaluation: Sendable {
    /// One photo's outcome.
    public struct Answer: Sendable {
        public let photo: URL
        /// The folder's name.
        public let person: String
        /// nil without a face.
        public let match: Match?
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
        let all = try concurrentMap(own + foreign, width: concurrency) { person, url -> Answer in
            defer { done.increment() }
            let embedding = try (try? Data(contentsOf: url)).flatMap { try reader.embedding($0, choice: .largest) }
            return Answer(photo: url, person: person, match: embedding.flatMap(classifier.classify))
        }
        answers = Array(all.prefix(own.count))
        self.strangers = Array(all.dropFirst(own.count))
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
        let correct = answers.count { $0.match?.accepted == true && $0.match?.name == $0.person }
        let wrong = answers.count { $0.match?.accepted == true && $0.match?.name != $0.person }
        let noFace = answers.count { $0.match == nil }
        var summary = Summary(
            people: people.count, photos: answers.count, correct: correct,
            accuracy: Self.share(correct, of: answers.count), unknown: answers.count - correct - wrong - noFace,
            wrong: wrong, noFace: noFace, threshold: Event.rounded(threshold))
        guard !strangers.isEmpty else { return summary }
        let faces = strangers.filter { $0.match != nil }
        let named = faces.filter { $0.match?.accepted == true }
        summary.tpir = Self.share(correct, of: answers.count - noFace)
        summary.fpir = Self.share(named.count, of: faces.count)
        summary.strangers = Summary.Strangers(
            people: Set(strangers.map(\.person)).count, photos: strangers.count, named: named.count,
            peopleNamed: Set(named.map(\.person)).count, noFace: strangers.count - faces.count)
        return summary
    }

    static func share(_ part: Int, of whole: Int) -> Double {
        whole > 0 ? Event.rounded(Double(part) / Double(whole)) : 0
    }
}
