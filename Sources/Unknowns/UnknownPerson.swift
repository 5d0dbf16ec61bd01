// Unknowns remembers unrecognized people: their ids, what is known of their faces, and their best views, in memory while the
// daemon runs, and on disk for the next run and for `visage label`.

import Foundation
import Recognition
import VisageCore

/// The record of an unknown person: `person.json` in a folder named after the id. Biometric data.
public struct UnknownPerson: Codable, Sendable, Equatable {
    public static let schemaVersion = 2

    /// A picture that is kept.
    public struct View: Codable, Sendable, Equatable {
        /// File name within the person's folder.
        public var file: String
        public var taken: Date
        /// 0...1.
        public var quality: Double
        public var embedding: StoredEmbedding
    }

    public var schema = UnknownPerson.schemaVersion
    public var number: Int
    /// When the number was given, in a fleet: that of a person whom another machine saw first is older than what this one
    /// has seen. nil: at `firstSeen`.
    public var born: Date?
    /// Numbers that were given to the same person by mistake, and told in events; the newest `maxAlso` of them.
    public var also: [Int]
    /// Numbers of people who were seen at the same time as this one, and so are others.
    public var apart: [Int]
    /// Wall-clock times.
    public var firstSeen: Date
    public var lastSeen: Date
    /// Tracks.
    public var visits: Int
    public var cameras: [String]
    /// The embedder of the embeddings; those of others cannot be compared with them.
    public var embedder: EmbedderOrigin
    /// The weighted mean of all samples.
    public var embedding: StoredEmbedding
    /// The weight of the evidence in `embedding`.
    public var weight: Double
    public var views: [View]

    package init(
        number: Int, also: [Int], apart: [Int], firstSeen: Date, lastSeen: Date, visits: Int, cameras: [String],
        embedder: EmbedderOrigin, embedding: StoredEmbedding, weight: Double, views: [View]
    ) {
        self.number = number
        self.also = also
        self.apart = apart
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.visits = visits
        self.cameras = cameras
        self.embedder = embedder
        self.embedding = embedding
        self.weight = weight
        self.views = views
    }

    enum CodingKeys: String, CodingKey {
        case schema, number, born, also, apart, visits, cameras, embedder, embedding, weight, views
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    public var id: String { Self.id(number) }

    /// The id that events carry.
    public static func id(_ number: Int) -> String { UnknownNumber.id(number) }

    /// The number in an id; nil if it is none that is ever given.
    public static func number(of id: String) -> Int? { UnknownNumber.number(of: id) }

    /// A record of an earlier format, as this one has it: format 1 kept the direction of the mean alone, which is too
    /// similar to everybody. The views that are kept, if there are several, say how much shorter the mean is.
    func upgraded() -> UnknownPerson {
        guard schema < Self.schemaVersion else { return self }
        var person = self
        person.schema = Self.schemaVersion
        let kept = views.count > 1 ? Embedding.mean(views.map { ($0.embedding.embedding, max(0.05, $0.quality)) }) : nil
        let length = kept?.length ?? Self.typicalLength
        person.embedding = StoredEmbedding(
            Embedding(mean: embedding.embedding.values.map { $0 * length }) ?? embedding.embedding)
        return person
    }

    /// Of the mean of several views of one person.
    private static let typicalLength: Float = 0.87

    /// Earlier ids of one person that are kept; `visage label` no longer knows those before.
    static let maxAlso = 256
    /// Maximum number of people seen together that are listed.
    static let maxApart = 64
    /// Cameras that are listed for one person.
    static let maxCameras = 256

    mutating func setApart(from other: Int) {
        guard !apart.contains(other), apart.count < Self.maxApart else { return }
        apart.append(other)
    }

    /// Whether events may have told of this person under the id.
    public func answers(to id: String) -> Bool {
        Self.number(of: id).map { $0 == number || also.contains($0) } ?? false
    }
}
