import Capture
import Daemon
import Events
import Foundation
import Publishing
import VisageCore

/// Finds out whether a visaged already uses a camera, so that the frames can be read from it.
enum HeldCamera {
    private static let timeout = Duration.seconds(2)

    /// - Parameter socket: the daemon's event socket
    /// - Returns: the camera as visaged serves it; nil if no visaged runs or it does not have this camera.
    static func find(_ source: String, socket: String) -> LiveSource? {
        guard let client = try? EventClient(connectingTo: socket),
            case .line(let line)? = try? client.next(timeout: timeout),
            case .hello(let hello)? = (try? JSONDecoder().decode(Event.self, from: Data(line.utf8)))?.content
        else { return nil }
        let wanted = identity(source)
        guard let feed = hello.feeds?.first(where: { $0.camera == source || identity($0.source) == wanted }),
            let clean = feed.clean
        else { return nil }
        return LiveSource(
            FrameSocketCamera(path: clean, name: "\(feed.source) (of visaged's camera \(feed.camera))"),
            // The daemon supervises its camera itself.
            options: .init(frozenAfter: .zero))
    }

    /// One value for all ways to write the same camera.
    private static func identity(_ source: String) -> String {
        if RTSPAddress.isOne(source) { return (try? RTSPAddress(source).name) ?? source }
        return URL(filePath: source).resolvingSymlinksInPath().path
    }
}
