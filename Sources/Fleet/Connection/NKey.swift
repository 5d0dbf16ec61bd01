// Fleet is what stands between a machine and the brokers (NATS servers) of its fleet. Connection is the only folder that
// knows libnats; Events, Status and Enrollment are built on it.

import Crypto
import Foundation
import VisageCore

/// An Ed25519 key in the text form of NATS: a seed `SU...` that is kept secret, and a public key `U...` that names the user.
package struct NKey: Sendable {
    private static let userPrefix: UInt8 = 20 << 3
    private static let seedPrefix: UInt8 = 18 << 3

    private let key: Curve25519.Signing.PrivateKey

    /// A new one.
    package init() { key = Curve25519.Signing.PrivateKey() }

    /// - Parameter text: a seed, `SU...`
    /// - Throws: `VisageError` (configuration) that does not repeat the text.
    package init(seed text: String) throws {
        let problem = VisageError(
            .configuration, "this is no key of a machine: it has one line with SU and 56 more characters",
            retry: .needsPerson)
        guard let bytes = Base32.decoded(text), bytes.count == 36, Self.isWhole(bytes),
            bytes[0] & 0xf8 == Self.seedPrefix, (bytes[0] & 7) << 5 | (bytes[1] & 0xf8) >> 3 == Self.userPrefix,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[2..<34])
        else { throw problem }
        self.key = key
    }

    private init(_ key: Curve25519.Signing.PrivateKey) { self.key = key }

    /// The secret as text. Never to be logged.
    package var seed: String {
        Base32.encoded(
            Self.withChecksum(
                [Self.seedPrefix | Self.userPrefix >> 5, (Self.userPrefix & 31) << 3] + key.rawRepresentation))
    }

    /// What everybody may know.
    package var publicKey: String {
        Base32.encoded(Self.withChecksum([Self.userPrefix] + key.publicKey.rawRepresentation))
    }

    /// Another key that follows from this one: a user of NATS belongs to one account, and a machine needs two with one
    /// secret to look after.
    package func derived(for purpose: String) throws -> NKey {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("visage-fleet \(purpose)".utf8), using: SymmetricKey(data: key.rawRepresentation))
        return NKey(try Curve25519.Signing.PrivateKey(rawRepresentation: Data(code)))
    }

    /// - Returns: 64 bytes.
    package func signature(of data: Data) throws -> Data { try key.signature(for: data) }

    /// Whether the owner of a public key has signed this. False for anything that is no key and no signature.
    package static func isSignature(_ signature: Data, of data: Data, by publicKey: String) -> Bool {
        guard let bytes = Base32.decoded(publicKey), bytes.count == 35, isWhole(bytes), bytes[0] == userPrefix,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes[1..<33])
        else { return false }
        return key.isValidSignature(signature, for: data)
    }

    /// Whether this is the public key of a user.
    package static func isPublicKey(_ text: String) -> Bool {
        guard let bytes = Base32.decoded(text) else { return false }
        return bytes.count == 35 && isWhole(bytes) && bytes[0] == userPrefix
    }

    // MARK: CRC-16/XMODEM, little-endian, at the end

    private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        let sum = checksum(bytes)
        return bytes + [UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8)]
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool { withChecksum(bytes.dropLast(2)) == bytes }

    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
        bytes.reduce(0) { sum, byte in
            (0..<8).reduce(sum ^ UInt16(byte) << 8) { sum, _ in sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
    }
}

/// RFC 4648 without padding.
private enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var (text, buffer, count): ([UInt8], UInt32, Int) = ([], 0, 0)
        for byte in bytes {
            (buffer, count) = (buffer << 8 | UInt32(byte), count + 8)
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(buffer >> UInt32(count) & 31)])
            }
            buffer &= 1 << UInt32(count) - 1
        }
        if count > 0 { text.append(alphabet[Int(buffer << UInt32(5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil for what is nothing like it, and for anything much longer than a key.
    static func decoded(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 128 else { return nil }
        var (bytes, buffer, count): ([UInt8], UInt32, Int) = ([], 0, 0)
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            (buffer, count) = (buffer << 5 | UInt32(value), count + 5)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(count)))
            buffer &= 1 << UInt32(count) - 1
        }
        return count < 5 && buffer == 0 ? bytes : nil
    }
}
