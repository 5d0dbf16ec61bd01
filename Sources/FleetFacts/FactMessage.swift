import Foundation
import VisageCore

/// What a machine publishes under the number of a person.
public enum FactMessage: Sendable, Equatable {
    case person(PersonFact)
    /// The machine knows nothing of the person any more: too long ago, or no longer under this number.
    case gone(number: Int, version: Int)

    public var number: Int {
        switch self {
        case .person(let fact): fact.number
        case .gone(let number, _): number
        }
    }

    public var version: Int {
        switch self {
        case .person(let fact): fact.version
        case .gone(_, let version): version
        }
    }

    /// The content of a message; nil for what no machine of a fleet can have written. Never more than the message in memory,
    /// whatever it says.
    public init?(_ data: Data) {
        guard data.count <= PersonFact.maxBytes, let header = try? JSONDecoder().decode(Header.self, from: data) else {
            return nil
        }
        if header.gone == true {
            guard Self.areSound(header.schema, header.number, header.version) else { return nil }
            self = .gone(number: header.number, version: header.version)
        } else {
            guard let fact = try? JSONDecoder().decode(PersonFact.self, from: data), fact.isSound else { return nil }
            self = .person(fact)
        }
    }

    /// - Throws: `VisageError` (engine), which does not happen for sound facts.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            switch self {
            case .person(let fact): return try encoder.encode(fact)
            case .gone(let number, let version):
                return try encoder.encode(
                    Header(schema: PersonFact.schemaVersion, number: number, version: version, gone: true))
            }
        } catch {
            throw VisageError(.engine, "The fact of \(UnknownNumber.id(number)) cannot be written", cause: "\(error)")
        }
    }

    private struct Header: Codable {
        let schema: Int
        let number: Int
        let version: Int
        var gone: Bool?
    }

    static func areSound(_ schema: Int, _ number: Int, _ version: Int) -> Bool {
        schema == PersonFact.schemaVersion && PersonFact.isShared(number) && (1...maxVersion).contains(version)
    }

    /// Counting on from there stays within `Int`.
    private static let maxVersion = 1_000_000_000_000_000_000
}
