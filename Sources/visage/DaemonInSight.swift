import Foundation
import Publishing
import VisageCore

/// A daemon that may be running.
struct DaemonInSight {
    private let socket: String
    /// A daemon looks for a new gallery every two seconds, and takes back a name with the next two looks at the face.
    private static let patience = Duration.seconds(15)

    init(_ socket: String) { self.socket = socket }

    /// Waits until the daemon calls nobody by that name any more; says so if it goes on.
    func waitUntilGone(_ name: String) {
        let deadline = MonotonicTime.now + Self.patience
        while let tracks {
            guard tracks.contains(where: { $0.name == name }) else { return }
            guard MonotonicTime.now < deadline else {
                return Output.note("the daemon still calls somebody \(name); say this again later")
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// The faces that are being followed; nil if no daemon answers.
    private var tracks: [Event.LiveTrack]? {
        guard let client = try? EventClient(connectingTo: socket),
            case .line(let line)? = try? client.next(timeout: .seconds(5))
        else { return nil }
        return (try? JSONDecoder().decode(Event.self, from: Data(line.utf8)))?.tracks
    }
}
