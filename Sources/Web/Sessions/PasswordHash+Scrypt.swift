import Crypto
import CryptoExtras
import Foundation
import WebUsers

extension PasswordHash {
    /// Hashes a password: 16 MiB, and some 0.2 s of a core; what OWASP recommends for scrypt with that much memory.
    /// - Throws: an error of the library.
    package init(hashing password: String) throws {
        let (rounds, blockSize, parallelism) = (16_384, 8, 5)
        let salt = SymmetricKey(size: .init(bitCount: Self.saltBytes * 8)).withUnsafeBytes { Data($0) }
        self.init(
            rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: salt,
            key: try Self.derive(password, salt, rounds, blockSize, parallelism))
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
