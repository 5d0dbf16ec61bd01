import Foundation

/// Something that a machine says to others, with its signature: brokers store and forward it, and cannot make it.
package struct SignedDocument: Codable, Sendable, Equatable {
    /// JSON, as it was signed.
    package let content: Data
    /// Who signs, `U...`.
    package let key: String
    package let signature: Data

    private enum CodingKeys: String, CodingKey {
        case content, key, signature
    }

    /// - Parameter purpose: what it is, so that nothing signed as one thing can be shown as another.
    package init(_ content: some Encodable, purpose: String, by key: NKey) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.content = try encoder.encode(content)
        self.key = key.publicKey
        signature = try key.signature(of: Self.signed(self.content, purpose))
    }

    /// What it says, if one of these keys has signed it.
    /// - Returns: nil if not, or if it is of another form.
    package func content<Content: Decodable>(
        as type: Content.Type, purpose: String, from keys: some Collection<String>
    ) -> Content? {
        guard keys.contains(key), NKey.isSignature(signature, of: Self.signed(content, purpose), by: key) else {
            return nil
        }
        return try? JSONDecoder().decode(type, from: content)
    }

    private static func signed(_ content: Data, _ purpose: String) -> Data {
        Data("visage-fleet \(purpose)\n".utf8) + content
    }
}
