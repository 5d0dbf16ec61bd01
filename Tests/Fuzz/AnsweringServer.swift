import CLinux
import Foundation
import Synchronization
import VisageCore

/// Listens on 127.0.0.1 and answers each request of a connection with the next of the answers, then closes it.
final class AnsweringServer: Sendable {
    let port: Int
    private let listener: Int32
    private let next = Mutex<[[UInt8]]>([])

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw VisageError(.engine, "cannot listen on 127.0.0.1") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { continue }
                serve(connection)
                close(connection)
            }
        }
    }

    /// What the next connection gets; those after it are closed at once.
    func answers(_ parts: [[UInt8]]) { next.withLock { $0 = parts } }

    private func serve(_ connection: Int32) {
        let parts = next.withLock { next in
            defer { next = [] }
            return next
        }
        // Whoever does not ask any more is not waited for; closing unread data would reset the connection.
        var limit = timeval(tv_sec: 0, tv_usec: 20_000)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        for part in parts {
            guard hasRequest(connection), send(connection, part, part.count, Int32(MSG_NOSIGNAL)) == part.count else {
                return
            }
        }
    }

    /// Reads up to the empty line at a request's end.
    private func hasRequest(_ connection: Int32) -> Bool {
        var end: UInt32 = 0
        var byte: UInt8 = 0
        while end != 0x0D0A_0D0A {
            guard recv(connection, &byte, 1, 0) == 1 else { return false }
            end = end << 8 | UInt32(byte)
        }
        return true
    }
}
