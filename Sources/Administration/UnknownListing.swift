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

        public init(
            id: String, also: [String], firstSeen: String, lastSeen: String, visits: Int, cameras: [String],
            views: [String]
        ) {
            (self.id, self.also, self.firstSeen, self.lastSeen) = (id, also, firstSeen, lastSeen)
            (self.visits, self.cameras, self.views) = (visits, cameras, views)
        }

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

        public init(ids: [String], similarity: Double? = nil, name: String? = nil, nameSimilarity: Double? = nil) {
            (self.ids, self.similarity, self.name, self.nameSimilarity) = (ids, similarity, name, nameSimilarity)
        }

        enum CodingKeys: String, CodingKey {
            case ids, similarity, name
            case nameSimilarity = "name_similarity"
        }
    }

    public let threshold: Double
    public let groups: [Group]
}
