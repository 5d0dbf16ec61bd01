import Foundation
import Hummingbird
import Logging
import NIOPosix
import Synchronization
import VisageCore
import WebUsers

/// Who asks: by the cookie of a session, or by a user and a password in the `Authorization` header, for programs. While
/// there is no password file, everybody is an editor; the server then listens on this machine only.
package final class Authentication: Sendable {
    private struct State {
        var users: [PasswordFile.User] = []
        var hasFile = false
        var stamp: FileStamp?
        /// `Authorization` headers that were right, by digest: hashing for every scrape would cost a core.
        var known: [Data: (user: PasswordFile.User, until: MonotonicTime)] = [:]
    }

    private let path: String
    private let sessions: SessionStore
    private let limiter: LoginLimiter
    private let logger: Logger
    private let state = Mutex(State())
    /// Without passwords, all have the same token. No page of another site can read it.
    private let openSession = Session(user: "local", role: .editor, isLoggedIn: false)
    /// Compared with for users that do not exist, so that they take as long.
    private let decoy: PasswordHash
    private let length: Duration

    /// - Throws: `VisageError` (configuration, unreadable) if there is a password file that cannot be used.
    package init(_ settings: WebSettings, logger: Logger) throws {
        path = settings.passwords
        length = .seconds(settings.sessionHours * 3600)
        sessions = SessionStore(length: length)
        limiter = LoginLimiter()
        self.logger = logger
        decoy = try PasswordHash(hashing: Secret.make())
        try load()
    }

    package var hasPasswords: Bool { state.withLock { $0.hasFile } }

    /// Reads the file anew if it has changed: who is no longer in it, or has another password, is logged out.
    package func refresh() {
        let stamp = FileStamp(path)
        guard state.withLock({ $0.stamp != stamp }) else { return }
        do { try load() } catch { logger.error("The passwords in force stay: \(error)") }
    }

    private func load() throws {
        let stamp = FileStamp(path)
        let file = path.isEmpty ? nil : try PasswordFile.load(path)
        let gone: [PasswordFile.User] = state.withLock { state in
            // Once there were passwords, nothing is open to everybody by removing the file.
            if file == nil, state.hasFile {
                state.stamp = stamp
                return []
            }
            let old = state.users
            (state.users, state.hasFile, state.stamp) = (file?.users ?? [], file != nil, stamp)
            state.known = [:]
            return old.filter { !state.users.contains($0) }
        }
        sessions.endAll { session in gone.contains { $0.name == session.user } }
    }

    /// - Returns: nil if nobody has logged in.
    /// - Throws: `WebFailure` (401, 429) for an `Authorization` that is wrong.
    func session(of request: Request, _ context: WebContext) async throws -> Session? {
        guard hasPasswords else { return openSession }
        if let header = request.headers[.authorization] { return try await session(authorization: header, context) }
        return Self.cookie(of: request).flatMap(sessions.session)
    }

    /// - Returns: the cookie to set, or nil if user or password are wrong.
    /// - Throws: `WebFailure` (429).
    func logIn(_ name: String, _ password: String, _ context: WebContext) async throws -> Cookie? {
        guard let user = try await user(name, password, context) else { return nil }
        logger.info("\(user.name) has logged in from \(TerminalText.escaped(context.client))")
        return cookie(sessions.begin(Session(user: user.name, role: user.role)), context, for: length)
    }

    /// Ends the session.
    /// - Returns: the cookie that removes it.
    func logOut(_ request: Request, _ context: WebContext) -> Cookie {
        Self.cookie(of: request).map(sessions.end)
        return cookie("gone", context, for: .zero)
    }

    private func session(authorization header: String, _ context: WebContext) async throws -> Session {
        let (digest, now) = (Secret.digest(header), MonotonicTime.now)
        let known = state.withLock { $0.known[digest] }
        if let known, known.until > now { return Self.session(known.user) }
        let parts = header.split(separator: " ")
        let wrong = WebFailure(.unauthorized, "User or password are wrong.")
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1]))
        else {
            throw wrong
        }
        let pair = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard pair.count == 2, let user = try await user(String(pair[0]), String(pair[1]), context) else { throw wrong }
        state.withLock { state in
            if state.known.count >= 100 { state.known = [:] }
            state.known[digest] = (user, now + .seconds(300))
        }
        return Self.session(user)
    }

    private static func session(_ user: PasswordFile.User) -> Session {
        Session(user: user.name, role: user.role, needsToken: false, isLoggedIn: false)
    }

    private func user(_ name: String, _ password: String, _ context: WebContext) async throws -> PasswordFile.User? {
        let user = state.withLock { $0.users.first { $0.name == name } }
        let hash = user?.hash ?? decoy
        let found = try await limiter.attempt(from: context.client) {
            // Not on a thread that serves others.
            let isRight = try? await NIOThreadPool.singleton.runIfActive { hash.matches(password) }
            return isRight == true ? user : nil
        }
        if found == nil { logger.warning("A log-in from \(TerminalText.escaped(context.client)) has failed") }
        return found
    }

    private static let name = "visage_session"

    private static func cookie(of request: Request) -> String? {
        request.cookies[name].map(\.value).flatMap { $0.utf8.count == 64 ? $0 : nil }
    }

    private func cookie(_ value: String, _ context: WebContext, for length: Duration) -> Cookie {
        Cookie(
            name: Self.name, value: value, maxAge: Int(length.inSeconds), path: "/", secure: context.isSecure,
            httpOnly: true, sameSite: .strict)
    }
}

/// Tells whether a file has changed.
struct FileStamp: Equatable {
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// nil if there is none.
    init?(_ path: String) {
        var status = stat()
        guard !path.isEmpty, stat(path, &status) == 0 else { return nil }
        (inode, size) = (UInt(status.st_ino), Int(status.st_size))
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
