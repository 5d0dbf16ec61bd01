import Foundation
import VisageCore

/// Connects FFmpeg to a camera over TLS: FFmpeg speaks to a port of this machine's loopback interface, whose data goes to
/// the camera over a connection that was verified before FFmpeg was told of it.
///
/// The port accepts one connection. If another program of this machine takes it first, it gets no more than the camera gives
/// to everybody: the password comes from FFmpeg, which then finds the port closed.
final class TLSTunnel {
    /// Host and port for FFmpeg.
    let place: String
    private static let blockBytes = 64 << 10

    /// Connects and verifies.
    /// - Throws: `VisageError`, as `TLSSession` does, or if nothing can be reached.
    init(_ connection: RTSPConnection, trust: TLSTrust, session: LiveSession) throws {
        let remote = try TLSSession(
            Self.connect(to: connection.host, connection.port, session), host: connection.host, trust: trust)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard listener >= 0, isBound else {
            if listener >= 0 { close(listener) }
            throw VisageError(
                .engine, "the loopback interface cannot be used for an encrypted camera",
                cause: String(cString: strerror(errno)))
        }
        place = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let pump = Pump(remote: remote, listener: listener, session: session)
        let thread = Thread { pump.run() }
        thread.name = "tls"
        thread.start()
    }

    private static func connect(to host: String, _ port: Int, _ session: LiveSession) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0 else {
            throw VisageError(.source, "the name \(host) cannot be resolved")
        }
        defer { freeaddrinfo(list) }
        var problem = Int32(EHOSTUNREACH)
        var entry = list
        while let candidate = entry?.pointee, !session.isCancelled {
            entry = candidate.ai_next
            let file = socket(candidate.ai_family, candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard file >= 0 else { continue }
            // Applies to connecting, too.
            let seconds = max(1, (session.deadline - .now).inSeconds)
            var limit = timeval(tv_sec: Int(seconds), tv_usec: 0)
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                setsockopt(file, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            if Foundation.connect(file, candidate.ai_addr, candidate.ai_addrlen) == 0 { return file }
            problem = errno
            close(file)
        }
        throw LiveStream.failure(systemError: problem, session)
    }

    /// Carries data both ways, on a thread of its own, until either side ends or the session is canceled.
    ///
    /// Safe to share: handed to its thread and used by nobody else.
    private final class Pump: @unchecked Sendable {
        private let remote: TLSSession
        private let listener: Int32
        private let session: LiveSession

        init(remote: TLSSession, listener: Int32, session: LiveSession) {
            (self.remote, self.listener, self.session) = (remote, listener, session)
        }

        func run() {
            let local = waitForData(in: [listener]).isEmpty ? -1 : accept(listener, nil, nil)
            close(listener)
            guard local >= 0 else { return }
            defer { close(local) }
            while true {
                let ready = remote.hasPending ? [remote.socket] : waitForData(in: [remote.socket, local])
                if ready.isEmpty { return }
                if ready.contains(remote.socket) {
                    let bytes = remote.read(upTo: TLSTunnel.blockBytes)
                    guard !bytes.isEmpty, Self.write(bytes, to: local) else { return }
                }
                if ready.contains(local) {
                    var bytes = [UInt8](repeating: 0, count: TLSTunnel.blockBytes)
                    let count = Foundation.read(local, &bytes, bytes.count)
                    guard count > 0, remote.write(Array(bytes.prefix(count))) else { return }
                }
            }
        }

        /// - Returns: those that can be read; none once the session is canceled.
        private func waitForData(in files: [Int32]) -> [Int32] {
            while !session.isCancelled {
                var pollers = (files + [session.cancellationDescriptor]).map {
                    pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
                }
                guard poll(&pollers, nfds_t(pollers.count), 1_000) > 0 else { continue }
                let ready = pollers.dropLast().filter { $0.revents != 0 }.map(\.fd)
                if !ready.isEmpty { return ready }
            }
            return []
        }

        private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}
