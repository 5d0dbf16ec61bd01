import CGcrypt
import Foundation
import VisageCore

/// SHA-256, by libgcrypt, which libsystemd links anyway.
public enum FileDigest {
    /// The checksum of a file's content in lower-case hexadecimal.
    /// - Throws: `VisageError` (unreadable).
    public static func sha256(of url: URL) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .alwaysMapped)
        } catch {
            throw VisageError(.unreadable, "\(url.path) cannot be read", cause: error.systemReason)
        }
        return sha256(of: data)
    }

    /// The checksum of `data` in lower-case hexadecimal.
    public static func sha256(of data: Data) -> String {
        bytes(of: data).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The checksum of `data`: 32 bytes.
    public static func bytes(of data: Data) -> Data {
        _ = isReady
        var digest = Data(count: 32)
        digest.withUnsafeMutableBytes { digest in
            data.withUnsafeBytes { bytes in
                gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), digest.baseAddress, bytes.baseAddress, bytes.count)
            }
        }
        return digest
    }

    /// The library complains to the system's log unless its version was asked for before anything else.
    private static let isReady = gcry_check_version(nil) != nil
}
