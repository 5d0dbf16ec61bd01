import Hummingbird
import NIOCore

/// What is known of a request besides the request.
public struct WebContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Who has connected; nil in tests without sockets.
    let peer: SocketAddress?
    /// Whose request it is, behind a trusted proxy too.
    public internal(set) var client = "local"
    /// Whether the browser uses HTTPS.
    var isSecure = false
    /// nil: nobody has logged in.
    public internal(set) var session: Session?
    /// What a submitted form has; empty for other requests.
    public internal(set) var form: [String: String] = [:]

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }

    /// The largest body of a request that is decoded; uploads have limits of their own.
    public var maxUploadSize: Int { 65_536 }
}
