import Fleet
import Foundation
import Testing

@Suite struct NKeyTests {
    /// Of the bytes 0...31; made by the Python package `nkeys` 0.2.1, as the account's below.
    private let seed = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y"
    private let publicKey = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK"

    @Test func readsAndWritesKeysAsNATSDoes() throws {
        let key = try NKey(seed: seed)
        #expect(key.seed == seed && key.publicKey == publicKey)
        #expect(NKey.isPublicKey(publicKey))
        // A signature by the same package.
        let hex = """
            e1a7fca94a835127885b99e2eba733d6ee5bf5dc463ed8385eb6f1dcaa1117c0f151750a10f46f5b3796a91203578f702c85c67c334b5689\
            a516284d499f710f
            """
        let signature = Data(
            stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) })
        #expect(NKey.isSignature(signature, of: Data("hello".utf8), by: publicKey))
        #expect(!NKey.isSignature(signature, of: Data("hallo".utf8), by: publicKey))
        #expect(NKey.isSignature(try key.signature(of: Data("x".utf8)), of: Data("x".utf8), by: publicKey))
    }

    @Test func newKeysDifferAndComeBack() throws {
        let (one, two) = (NKey(), NKey())
        #expect(one.publicKey != two.publicKey)
        #expect(try NKey(seed: one.seed).publicKey == one.publicKey)
        let derived = try one.derived(for: "state").publicKey
        let (again, other) = (try NKey(seed: one.seed).derived(for: "state"), try two.derived(for: "state"))
        #expect(derived == again.publicKey && derived != one.publicKey && derived != other.publicKey)
    }

    @Test(arguments: [
        "", "SU", "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI",
        "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776A",
        "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK", "suaaaaicamcakbqhbaeq",
        String(repeating: "A", count: 500),
        "SU\u{e9}",
    ])
    func whatIsNoSeedIsRefusedWithoutRepeatingIt(_ text: String) {
        let error = #expect(throws: (any Error).self) { try NKey(seed: text) }
        if text.count > 4 { #expect(!"\(error as Any)".contains(text)) }
    }

    @Test func whatIsSignedAsOneThingIsNotTakenForAnother() throws {
        let key = NKey()
        let document = try SignedDocument(["a": 1], purpose: "machines", by: key)
        #expect(document.content(as: [String: Int].self, purpose: "machines", from: [key.publicKey]) == ["a": 1])
        #expect(document.content(as: [String: Int].self, purpose: "gallery", from: [key.publicKey]) == nil)
        #expect(document.content(as: [String: Int].self, purpose: "machines", from: [NKey().publicKey]) == nil)
        #expect(document.content(as: [String].self, purpose: "machines", from: [key.publicKey]) == nil)
    }
}
