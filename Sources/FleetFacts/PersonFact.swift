// FleetFacts is what the machines of a fleet tell each other of unknown people, and how that is put together: the same on all
// of them, in whatever order it arrives. No network and no disk; what comes from others is only believed within bounds.

import Foundation
import VisageCore

/// What one machine knows of one unknown person. Biometric data. Times are in seconds since 1970.
public struct PersonFact: Codable, Sendable, Equatable {
    public static let schemaVersion = 1
    /// Maximum size of a fact in bytes, as it is sent.
    public static let maxBytes = 48 << 10
    static let maxAlso = 256
    static let maxApart = 64
    static let maxCameras = 64
    static let maxWeight = 80.0
    private static let maxDimension = 4096
    private static let times = 0...253_402_300_799

    public var schema = PersonFact.schemaVersion
    public var number: Int
    /// Grows with each fact of the machine of this person: the newest holds, in whatever order they arrive.
    public var version: Int
    /// When the number was given.
    public var born: Int
    public var firstSeen: Int
    public var lastSeen: Int
    public var visits: Int
    public var cameras: [String]
    /// Only embeddings of the same space can be compared.
    public var space: String
    public var embedding: StoredEmbedding
    /// Of the evidence in `embedding`.
    public var weight: Double
    /// Numbers of the same person.
    public var also: [Int]
    /// Numbers of people who were seen at the same time, and so are others.
    public var apart: [Int]

    public init(
        number: Int, version: Int, born: Int, firstSeen: Int, lastSeen: Int, visits: Int, cameras: [String],
        space: String, embedding: StoredEmbedding, weight: Double, also: [Int], apart: [Int]
    ) {
        self.number = number
        self.version = version
        self.born = born
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.visits = visits
        self.cameras = cameras
        self.space = space
        self.embedding = embedding
        self.weight = weight
        self.also = also
        self.apart = apart
    }

    enum CodingKeys: String, CodingKey {
        case schema, number, version, born, visits, cameras, space, embedding, weight, also, apart
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    /// Whether the daemon of a machine can have written it, and nothing that is computed from it overflows.
    var isSound: Bool {
        FactMessage.areSound(schema, number, version)
            && [born, firstSeen, lastSeen].allSatisfy(Self.times.contains)
            && (0...1_000_000_000).contains(visits) && (0...Self.maxWeight).contains(weight)
            && cameras.count <= Self.maxCameras && cameras.allSatisfy { $0.utf8.count <= 200 }
            && space.utf8.count <= 400 && (1...Self.maxDimension).contains(embedding.embedding.dimension)
            && also.count <= Self.maxAlso && apart.count <= Self.maxApart
            && (also + apart).allSatisfy(Self.isShared)
    }

    /// Whether the number means the same person on all machines.
    static func isShared(_ number: Int) -> Bool {
        UnknownNumber.isValid(number) && UnknownNumber.machine(of: number) > 0
    }

    /// With no more in its lists than is believed, and without numbers that mean something on one machine alone.
    public func trimmed() -> PersonFact {
        var fact = self
        fact.also = Array(Set(also.filter(Self.isShared)).subtracting([number]).sorted().suffix(Self.maxAlso))
        fact.apart = Array(Set(apart.filter(Self.isShared)).sorted().suffix(Self.maxApart))
        fact.cameras = Array(cameras.filter { $0.utf8.count <= 200 }.sorted().prefix(Self.maxCameras))
        fact.weight = min(Self.maxWeight, max(0, weight))
        return fact
    }
}
