import CLinux
import Foundation
import VisageCore

/// One end of the connection between the daemon and a capture process: packets that arrive whole or not at all.
package final class CaptureChannel: Sendable {
    package enum Received {
        /// A packet, and the open file that came with it; whoever takes it has to close it.
        case packet([UInt8], file: Int32?)
        /// Nothing is there; only of an end that does not wait.
        case nothing
        /// The other end is closed.
        case end
    }

    let descriptor: Int32

    package init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Returns: the daemon's end, which never waits, and the end of the capture process, which does.
    /// - Throws: `VisageError.engine` if there are no descriptors left.
    package static func pair() throws -> (daemon: CaptureChannel, process: CaptureChannel) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw VisageError(
                .engine, "no connection to a capture process can be made", cause: String(cString: strerror(errno)))
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (CaptureChannel(owning: ends[0]), CaptureChannel(owning: ends[1]))
    }

    /// - Parameter file: an open file to go with it; the other end gets a descriptor of its own for it
    /// - Returns: false if the other end is gone, or does not read what it was sent before.
    package func send(_ bytes: [UInt8], file: Int32? = nil) -> Bool {
        visage_send_message(descriptor, bytes, bytes.count, file ?? -1) == bytes.count
    }

    /// Takes the next packet.
    /// - Parameters:
    ///   - limit: a longer packet counts as the end: there is nothing to be said with it.
    ///   - takesFile: false if no file may come with it; one that comes is closed by the kernel.
    package func receive(limit: Int, takesFile: Bool) -> Received {
        var bytes = [UInt8](repeating: 0, count: limit)
        var file: Int32 = -1
        let count =
            takesFile
            ? visage_receive_message(descriptor, &bytes, limit, &file, 0)
            : visage_receive_message(descriptor, &bytes, limit, nil, 0)
        guard count > 0 else { return count < 0 && errno == EAGAIN ? .nothing : .end }
        return .packet(Array(bytes.prefix(count)), file: file >= 0 ? file : nil)
    }

    /// Tells the other end that nothing more will come, and wakes it.
    package func finish() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}
