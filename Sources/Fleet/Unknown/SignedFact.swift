import Foundation
import VisageCore

/// What a machine says under one subject, behind its signature: shorter than a `SignedDocument`, for there are many. The
/// subject is signed as well, so that nothing can be shown under another.
package enum SignedFact {
    private static let length = 64

    package static func sign(_ content: Data, subject: String, by key: NKey) throws -> Data {
        try key.signature(of: signed(content, subject)) + content
    }

    /// - Returns: nil unless the owner of the key has signed it for this subject.
    package static func content(of payload: Data, subject: String, from key: String) -> Data? {
        guard payload.count > length else { return nil }
        let content = Data(payload.dropFirst(length))
        let signature = Data(payload.prefix(length))
        return NKey.isSignature(signature, of: signed(content, subject), by: key) ? content : nil
    }

    private static func signed(_ content: Data, _ subject: String) -> Data {
        Data("visage-fleet fact\n\(subject)\n".utf8) + content
    }
}
