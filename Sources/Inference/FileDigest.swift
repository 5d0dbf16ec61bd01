import CFFmpeg
import Foundation
import VisageCore

/// SHA-256, by libavutil, which is linked anyway.
public enum FileDigest {
    /// The checksum of a file's content in lower-case hexadecimal.
    /// - Throws: `VisageError` (unreadable).
    public static func sha256(of url: URL) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .alwaysMapped)
        } catch {
            throw VisageError(.unreadable, "\(url.path) cannot be read", cause: error.localizedDescription)
        }
        return try sha256(of: data)
    }

    /// The checksum of `data` in lower-case hexadecimal.
    /// - Throws: `VisageError` (engine) when out of memory.
    public static func sha256(of data: Data) throws -> String {
        guard let context = av_sha_alloc(), av_sha_init(context, 256) == 0 else {
            throw VisageError(.engine, "SHA-256 is not available")
        }
        defer { av_free(UnsafeMutableRawPointer(context)) }
        data.withUnsafeBytes { bytes in
            av_sha_update(context, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        }
        var digest = [UInt8](repeating: 0, count: 32)
        av_sha_final(context, &digest)
        return digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
