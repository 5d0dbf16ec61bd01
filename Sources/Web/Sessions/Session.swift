import Crypto
import Foundation
import HTTPTypes
import WebUsers

/// Who asks, since they logged in.
public struct Session: Sendable {
    /// For the service's log.
    public let user: String
    public let role: Role
    /// Every change has to bring it: only pages of ours know it.
    public let token: String
    /// Whether changes need the token: a browser sends cookies by itself, but no `Authorization` header.
    let needsToken: Bool
    /// Whether one can log out.
    let isLoggedIn: Bool

    init(user: String, role: Role, token: String = Secret.make(), needsToken: Bool = true, isLoggedIn: Bool = true) {
        self.user = user
        self.role = role
        self.token = token
        self.needsToken = needsToken
        self.isLoggedIn = isLoggedIn
    }

    /// Takes as long for every wrong token.
    func accepts(token given: String) -> Bool { Secret.equal(token, given) }
}

/// The header and the field of a form that bring a session's token.
enum CSRF {
    static let field = "csrf"
    static let header = HTTPFieldNames.csrf
}

/// Random texts that nobody can guess, and their comparison.
enum Secret {
    /// 256 bits, hexadecimal.
    static func make() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { $0.map { String(format: "%02x", $0) }.joined() }
    }

    /// Takes as long whichever characters differ.
    static func equal(_ left: String, _ right: String) -> Bool {
        SHA256.hash(data: Data(left.utf8)) == SHA256.hash(data: Data(right.utf8))
    }

    /// What is kept of a text that has to be recognized only.
    static func digest(_ text: String) -> Data { Data(SHA256.hash(data: Data(text.utf8))) }
}
