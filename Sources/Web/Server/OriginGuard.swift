import HTTPTypes
import Hummingbird
import NIOCore

/// Where a request comes from, and whether a page of somebody else has sent it.
package struct OriginGuard: Sendable {
    private let proxies: Set<String>
    private let hosts: Set<String>

    package init(_ settings: WebSettings) {
        proxies = Set(settings.trustedProxies)
        hosts = Set(["localhost", "127.0.0.1", "[::1]", settings.address] + settings.hosts.map { $0.lowercased() })
    }

    /// The address of whoever asks, and whether they use HTTPS. Headers of proxies count only from those that are trusted.
    package func client(of request: Request, _ peer: SocketAddress?) -> (String, isSecure: Bool) {
        var address = peer?.ipAddress ?? "local"
        guard proxies.contains(address) else { return (address, false) }
        // The last one was added by our own proxy; what is before it anybody may have written.
        let chain = request.headers[values: .forwardedFor].joined(separator: ",").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        if let last = chain.last(where: { !proxies.contains($0) }), last.utf8.count <= 45 { address = last }
        return (address, request.headers[.forwardedProto] == "https")
    }

    /// - Parameter hasPasswords: without them, who reaches the server may do everything. A page from elsewhere whose name
    ///   leads to this machine must not, so the name has to be one of ours.
    /// - Throws: `WebFailure` (forbidden, 421).
    package func check(_ request: Request, hasPasswords: Bool) throws {
        let authority = (request.head.authority ?? "").lowercased()
        if !hasPasswords, !hosts.contains(Self.host(authority)) {
            throw WebFailure(
                .misdirectedRequest,
                "This server does not answer as \(authority.prefix(100)): set a password with `visage web-password`, or "
                    + "name it in `web.hosts`.")
        }
        guard request.method != .get, request.method != .head else { return }
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            throw WebFailure(.forbidden, "The request comes from a page of another site.")
        }
        if let origin = request.headers[.origin]?.lowercased(), origin != "http://\(authority)",
            origin != "https://\(authority)"
        {
            throw WebFailure(.forbidden, "The request comes from a page of another site.")
        }
    }

    /// Without the port.
    static func host(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    static let forwardedFor = constant("X-Forwarded-For")
    static let forwardedProto = constant("X-Forwarded-Proto")
    static let secFetchSite = constant("Sec-Fetch-Site")

    /// For names that are written here.
    static func constant(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}
