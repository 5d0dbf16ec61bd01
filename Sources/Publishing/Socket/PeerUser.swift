import Foundation
import NIOCore

/// Who is at the other end of a Unix socket.
enum PeerUser {
    /// Everybody whose user is not known counts as one.
    static let unknown = uid_t.max

    /// What the system says: its `struct ucred`, which Swift does not show.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user = uid_t.max
        var group = gid_t.max
    }

    /// To be called on the channel's event loop.
    static func of(_ channel: any Channel) -> uid_t {
        guard let provider = channel as? any SocketOptionProvider else { return unknown }
        let answer: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        var user = unknown
        // On the loop the answer is there at once.
        answer.assumeIsolated().whenSuccess { user = $0.user }
        return user
    }
}
