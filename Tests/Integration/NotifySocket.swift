import Foundation
import Synchronization
import TestSupport
import VisageCore

/// Stands for systemd at the other end of `NOTIFY_SOCKET`: keeps what a daemon says of itself, see sd_notify(3).
final class NotifySocket: Sendable {
    private let descriptor: Int32
    let path: String
    private let kept = Mutex<[(line: String, at: MonotonicTime)]>([])

    init(in folder: ScratchFolder) throws {
        path = folder.file("notify").path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard descriptor >= 0, code == 0 else { throw VisageError(.unwritable, "no notify socket: \(errno)") }
        Thread.detachNewThread { [weak self, descriptor] in
            var bytes = [UInt8](repeating: 0, count: 8192)
            while true {
                let count = recv(descriptor, &bytes, bytes.count, 0)
                guard count > 0 else { return }
                let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
                self?.kept.withLock { kept in kept += lines.map { ($0, .now) } }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    var lines: [String] { kept.withLock { $0.map(\.line) } }

    /// How often it said that it is alive.
    var signsOfLife: Int { lines.count { $0 == "WATCHDOG=1" } }

    /// Since it last said so.
    var silence: Duration {
        kept.withLock { kept in kept.last { $0.line == "WATCHDOG=1" }.map { .now - $0.at } ?? .zero }
    }
}
