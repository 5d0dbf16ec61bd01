import Crypto
import CryptoExtras
import Foundation
import VisageCore

/// A password as it is kept: scrypt with a salt of its own. As text: `scrypt$rounds$blockSize$parallelism$salt$key`, salt
/// and key in base 64.
package struct PasswordHash: Sendable, Equatable, CustomStringConvertible {
    private let rounds: Int
    private let blockSize: Int
    private let parallelism: Int
    private let salt: Data
    private let key: Data

    private static let keyBytes = 32
    private static let saltBytes = 16

    /// Hashes a password: 16 MiB, and some 0.2 s of a core; what OWASP recommends for scrypt with that much memory.
    /// - Throws: an error of the library.
    package init(hashing password: String) throws {
        (rounds, blockSize, parallelism) = (16_384, 8, 5)
        salt = SymmetricKey(size: .init(bitCount: Self.saltBytes * 8)).withUnsafeBytes { Data($0) }
        key = try Self.derive(password, salt, rounds, blockSize, parallelism)
    }

    /// Reads what `description` gives; nil for another text, and for one that would take too long or too much memory.
    package init?(text: some StringProtocol) {
        let parts = String(text).split(separator: "$" as Character, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = Data(base64Encoded: parts[4]),
            let key = Data(base64Encoded: parts[5]), (1024...131_072).contains(rounds), rounds & (rounds - 1) == 0,
            (1...8).contains(blockSize), (1...16).contains(parallelism), salt.count == Self.saltBytes,
            key.count == Self.keyBytes
        else { return nil }
        (self.rounds, self.blockSize, self.parallelism, self.salt, self.key) = (
            rounds, blockSize, parallelism, salt, key
        )
    }

    package var description: String {
        "scrypt$\(rounds)$\(blockSize)$\(parallelism)$\(salt.base64EncodedString())$\(key.base64EncodedString())"
    }

    package func matches(_ password: String) -> Bool {
        guard let other = try? Self.derive(password, salt, rounds, blockSize, parallelism) else { return false }
        // Comparing digests takes as long wherever they differ.
        return SHA256.hash(data: key) == SHA256.hash(data: other)
    }

    private static func derive(
        _ password: String, _ salt: Data, _ rounds: Int, _ blockSize: Int, _ parallelism: Int
    ) throws -> Data {
        // The same characters, however the keyboard composes them.
        let text = Data(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: text, salt: salt, outputByteCount: keyBytes, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism)
        return key.withUnsafeBytes { Data($0) }
    }
}
