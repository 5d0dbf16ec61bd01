import Events
import Foundation
import VisageCore

/// Fetches the present frame of a camera from its frame socket, without ever waiting.
final class PictureRequest {
    /// A camera that delivers no frame in this time has none to show.
    private static let timeout = Duration.seconds(3)

    let camera: String
    let descriptor: Int32
    private let deadline = MonotonicTime.now + PictureRequest.timeout
    private var stream = JPEGStream()
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    /// nil if nobody serves there.
    init?(camera: String, socket path: String) {
        guard let address = try? UnixAddress(path) else { return nil }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return nil }
        guard address.connect(descriptor) == 0 else {
            close(descriptor)
            return nil
        }
        (self.camera, self.descriptor) = (camera, descriptor)
    }

    deinit { close(descriptor) }

    /// Reads what has come.
    /// - Returns: the picture, or an empty one if there will be none; nil: not yet.
    func read() -> [UInt8]? {
        while true {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return MonotonicTime.now < deadline ? nil : [] }
            guard count > 0 else { return [] }
            switch stream.take(chunk.prefix(count)) {
            case .incomplete: continue
            case .picture(let picture): return picture
            case .invalid: return []
            }
        }
    }
}
