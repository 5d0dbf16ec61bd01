import Foundation
import VisageCore

/// The address of a Unix socket, its length checked.
package struct UnixAddress {
    private var storage = sockaddr_un()
    /// What `sun_path` holds besides its final zero.
    static let maxPathBytes = 107

    /// - Throws: `VisageError(.configuration)` when the path is empty or too long.
    package init(_ path: String) throws {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0), bytes.count <= UnixAddress.maxPathBytes else {
            throw VisageError(
                .configuration,
                "The socket path \(path) has \(bytes.count) bytes; the system allows 1 to "
                    + "\(UnixAddress.maxPathBytes): choose a shorter one")
        }
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// bind(2).
    package func bind(_ descriptor: Int32) -> Int32 { with { Foundation.bind(descriptor, $0, $1) } }

    /// connect(2).
    package func connect(_ descriptor: Int32) -> Int32 { with { Foundation.connect(descriptor, $0, $1) } }

    private func with(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
