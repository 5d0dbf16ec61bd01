/// Who a face is.
public enum Identity: Sendable, Hashable {
    /// A person of the gallery.
    case person(String)
    /// A person who is not in the gallery; the id distinguishes unknown people.
    case unknown(id: String)

    public var name: String? {
        if case .person(let name) = self { name } else { nil }
    }

    public var unknownID: String? {
        if case .unknown(let id) = self { id } else { nil }
    }
}

/// What a classifier says of one embedding.
public struct Match: Sendable, Hashable {
    /// The person whom the classifier names, known or not.
    public var name: String
    /// Of the SVM for `name`, 0...1; nil where there is no SVM (a gallery of one person).
    public var probability: Double?
    /// `Embedding.similarity` to `name`.
    public var similarity: Double
    /// `similarity` minus that to the most similar other person, below 0 where that one is nearer; nil in a gallery of one
    /// person.
    public var margin: Double?
    /// Whether `similarity` reaches the gallery's calibrated threshold, that for photos or that for tracks.
    public var accepted: Bool

    public init(name: String, probability: Double?, similarity: Double, margin: Double?, accepted: Bool) {
        self.name = name
        self.probability = probability
        self.similarity = similarity
        self.margin = margin
        self.accepted = accepted
    }
}

/// What is held of a track's face, and on what grounds.
public struct Verdict: Sendable, Hashable {
    public var identity: Identity
    /// nil when the gallery is empty.
    public var match: Match?
    /// Embeddings in the evidence.
    public var samples: Int

    public init(identity: Identity, match: Match?, samples: Int) {
        self.identity = identity
        self.match = match
        self.samples = samples
    }
}
