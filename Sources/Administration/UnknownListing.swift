/// What `visage label --list --json` prints.
public struct UnknownListing: Codable, Sendable {
    public struct Person: Codable, Sendable {
        public let id: String
        public let also: [String]
        public let firstSeen: String
        public let lastSeen: String
        public let visits: Int
        public let cameras: [String]
        /// Paths.
        public let views: [String]

        enum CodingKeys: String, CodingKey {
            case id, also, visits, cameras, views
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
        }
    }

    public let people: [Person]
}

/// What `visage label --suggest --json` prints.
public struct UnknownSuggestions: Codable, Sendable {
    public struct Group: Codable, Sendable {
        public let ids: [String]
        public let similarity: Double?
        public let name: String?
        public let nameSimilarity: Double?

        enum CodingKeys: String, CodingKey {
            case ids, similarity, name
            case nameSimilarity = "name_similarity"
        }
    }

    public let threshold: Double
    public let groups: [Group]
}
