import FleetFacts
import Foundation
import VisageCore

/// What of the daemon's `person.json` other machines are told. Views are not among it.
struct PersonRecord: Decodable {
    static let schema = 2

    struct Embedder: Decodable {
        let sha256: String
        let crop: String
        let standardisation: String
        let head: String?
    }

    let schema: Int
    let born: Date?
    let also: [Int]
    let apart: [Int]
    let firstSeen: Date
    let lastSeen: Date
    let visits: Int
    let cameras: [String]
    let embedder: Embedder
    let embedding: StoredEmbedding
    let weight: Double

    enum CodingKeys: String, CodingKey {
        case schema, born, also, apart, visits, cameras, embedder, embedding, weight
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    init(_ data: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        self = try decoder.decode(PersonRecord.self, from: data)
    }

    /// - Parameter number: of the folder; in a record that was written before the machine joined the fleet it is another.
    func fact(_ number: Int) -> PersonFact {
        func seconds(_ date: Date) -> Int { Int(max(0, min(253_402_300_799, date.timeIntervalSince1970))) }
        return PersonFact(
            number: number, version: 1, born: seconds(born ?? firstSeen), firstSeen: seconds(firstSeen),
            lastSeen: seconds(lastSeen), visits: max(0, min(1_000_000_000, visits)), cameras: cameras,
            space: "\(embedder.sha256)/\(embedder.crop)/\(embedder.standardisation)/\(embedder.head ?? "")",
            embedding: embedding, weight: weight, also: also, apart: apart
        ).trimmed()
    }
}
