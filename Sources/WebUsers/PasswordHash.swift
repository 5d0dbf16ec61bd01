import Foundation
import VisageCore

/// A password as it is kept: scrypt with a salt of its own. As text: `scrypt$rounds$blockSize$parallelism$salt$key`, salt
/// and key in base 64. Only the server computes it: see Web.
package struct PasswordHash: Sendable, Equatable, CustomStringConvertible {
    package let rounds: Int
    package let blockSize: Int
    package let parallelism: Int
    package let salt: Data
    package let key: Data

    package static let keyBytes = 32
    package static let saltBytes = 16

    package init(rounds: Int, blockSize: Int, parallelism: Int, salt: Data, key: Data) {
        (self.rounds, self.blockSize, self.parallelism, self.salt, self.key) = (
            rounds, blockSize, parallelism, salt, key
        )
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
}
