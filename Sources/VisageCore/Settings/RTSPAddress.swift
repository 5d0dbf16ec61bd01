import Foundation

/// The address of an RTSP camera and the credentials for it, which are kept apart from what may be shown.
public struct RTSPAddress: Sendable, Hashable {
    /// FFmpeg's buffer for "user:password" has 128 bytes.
    private static let maxCredentialsBytes = 127

    /// The address without credentials, for people.
    public let name: String
    public let host: String
    public let port: Int
    private let scheme: String
    /// Host and port as given.
    private let place: String
    /// All that follows.
    private let path: String
    private let user: String?
    private let password: String?

    /// Whether the connection is encrypted.
    public var isEncrypted: Bool { scheme == "rtsps" }

    /// Whether the address itself holds a password.
    public var hasPassword: Bool { password != nil }

    public static func isOne(_ text: String) -> Bool {
        text.lowercased().hasPrefix("rtsp://") || text.lowercased().hasPrefix("rtsps://")
    }

    /// - Parameter text: `rtsp://[user[:password]@]host[:port]/path`; what is not a letter or digit in user and password
    ///   may be percent-encoded, and must be where it is one of `/ ? #`
    /// - Throws: `VisageError.configuration`, without repeating what may be a password.
    public init(_ text: String) throws {
        guard Self.isOne(text), let separator = text.range(of: "://") else {
            throw VisageError(.configuration, "an RTSP address begins with rtsp://", retry: .needsPerson)
        }
        scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest[authority.endIndex...]
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            place = authority[authority.index(after: at)...]
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = parts.first.map(Self.decoded)
            password = parts.count > 1 ? Self.decoded(parts[1]) : nil
        } else {
            (user, password) = (nil, nil)
        }
        guard let (host, port) = Self.split(place, port: scheme == "rtsps" ? 322 : 554) else {
            throw VisageError(
                .configuration,
                "an RTSP address is rtsp://user@host:port/path, and this is none; in a user name or password write "
                    + "/ as %2F, ? as %3F and # as %23", retry: .needsPerson)
        }
        (self.host, self.port) = (host, port)
        (self.place, self.path) = (String(place), String(path))
        name = "\(scheme)://\(place)\(Self.withoutSecrets(String(path)))"
    }

    /// The address with credentials, in parts, for FFmpeg alone.
    /// - Parameter given: a password from elsewhere, in place of the one in the address
    /// - Throws: `VisageError.configuration` when there is a password but no user, or both together are too long.
    package func parts(password given: String?) throws -> (credentials: String, place: String, path: String) {
        guard let password = given ?? password else {
            return (user.map { Self.encoded($0) + "@" } ?? "", place, path)
        }
        guard let user, !user.isEmpty else {
            throw VisageError(
                .configuration, "there is a password but no user: write rtsp://user@host/path", retry: .needsPerson)
        }
        let credentials = "\(Self.encoded(user)):\(Self.encoded(password))"
        guard credentials.utf8.count <= Self.maxCredentialsBytes else {
            throw VisageError(
                .configuration,
                "user and password are too long together: at most \(Self.maxCredentialsBytes) bytes, and three for each "
                    + "special character", retry: .needsPerson)
        }
        return (credentials + "@", place, path)
    }

    private static func split(_ place: Substring, port usual: Int) -> (String, Int)? {
        var host = place
        var port = usual
        let afterBrackets = place.lastIndex(of: "]") ?? place.startIndex
        if let colon = place[afterBrackets...].lastIndex(of: ":") {
            host = place[..<colon]
            let digits = place[place.index(after: colon)...]
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits), 1...65535 ~= number else {
                return nil
            }
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "@%".contains($0) }) else { return nil }
        return (String(host), port)
    }

    private static func decoded(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: .urlUserAllowed.subtracting(CharacterSet(charactersIn: ":@%")))
            ?? ""
    }

    /// Some cameras want the password in the path: `/user=admin&password=…&channel=1`.
    private static func withoutSecrets(_ path: String) -> String {
        path.replacing(#/(?i)(user|pass|pwd|pw|token|auth|key|secret)([^=&/?]*)=[^&/?#]*/#) { "\($0.1)\($0.2)=…" }
    }
}
