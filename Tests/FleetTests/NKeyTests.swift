import Fleet
import Foundation
import Testing

@Suite struct NKeyTests {
    /// Made by the Python package `nkeys` 0.2.1.
    @Test func readsAndWritesKeysOfNATS() throws {
        let seed = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
        let key = try NKey(seed: seed)
        #expect(key.seed == seed)
        #expect(NKey.isPublicKey(key.publicKey))
    }
}
