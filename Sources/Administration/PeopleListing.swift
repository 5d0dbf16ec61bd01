/// What `visage people list --json` prints.
public struct PeopleListing: Codable, Sendable {
    public struct Person: Codable, Sendable {
        public let name: String
        /// Whether the gallery in use knows the person.
        public let enrolled: Bool
        public let photos: [Photo]
        /// File names of photos of others who were mistaken for this person.
        public let others: [String]
        public let nearest: Nearest?
        public let advice: [String]
    }

    public struct Photo: Codable, Sendable {
        public let file: String
        public let used: Bool
        public let quality: Double?
        public let reason: String?
    }

    public struct Nearest: Codable, Sendable {
        public let name: String
        public let similarity: Double
        public let alike: Bool
    }

    /// A share that was counted, with its 95 % interval.
    public struct Rate: Codable, Sendable {
        public let photos: Int
        public let count: Int
        public let people: Int
        public let rate: Double
        public let low: Double
        public let high: Double
    }

    public let gallery: String
    public let faces: String
    public let matching: String?
    public let threshold: Double?
    public let trackThreshold: Double?
    public let falseNames: Double?
    public let strangers: Rate?
    public let leftOut: Rate?
    public let recognized: Rate?
    public let advice: [String]
    public let people: [Person]

    enum CodingKeys: String, CodingKey {
        case gallery, faces, matching, threshold, strangers, recognized, advice, people
        case trackThreshold = "track_threshold"
        case falseNames = "false_names"
        case leftOut = "left_out"
    }
}
