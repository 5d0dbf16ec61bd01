/// What made an embedding.
public struct EmbedderOrigin: Codable, Sendable, Hashable {
    /// Of the model in the manifest.
    public let id: String
    /// Of the weights.
    public let sha256: String
    /// The alignment.
    public let crop: String
    public let standardisation: String
    /// SHA-256 of the learnt head's weights, if there is one.
    public internal(set) var head: String?
    /// Informative: embeddings of different precision compare well.
    public let precision: String

    package init(id: String, sha256: String, crop: String, standardisation: String, precision: String) {
        self.id = id
        self.sha256 = sha256
        self.crop = crop
        self.standardisation = standardisation
        self.precision = precision
    }

    /// Whether embeddings of both live in the same space.
    public func isCompatible(with other: EmbedderOrigin) -> Bool {
        sha256 == other.sha256 && crop == other.crop && standardisation == other.standardisation
            && head == other.head
    }
}
