import ClientCommands
import Events
import Foundation
import Publishing
import VisageCore

/// A daemon that may or may not be running.
struct DaemonInSight {
    private let socket: String
    /// How long a daemon is waited for: it looks for a new gallery every two seconds, and revises a name with the next
    /// two embeddings.
    private static let timeout = Duration.seconds(15)

    init(_ socket: String) { self.socket = socket }

    /// Waits until the daemon uses a gallery of `people` people and no longer gives `name` to any track. After the
    /// timeout, a note on standard error says that it may still do so.
    func waitUntilGone(_ name: String, from gallery: URL, leaving people: Int) {
        let deadline = MonotonicTime.now + Self.timeout
        while let (tracks, status) = state {
            // A daemon with another gallery is not affected by this change.
            guard let inForce = status.gallery, inForce.path == gallery.path else { return }
            guard inForce.people != people || tracks.contains(where: { $0.name == name }) else { return }
            guard MonotonicTime.now < deadline else {
                return Output.note("the daemon may still call somebody \(name): retry in a minute")
            }
            // The daemon reports its state on request and sends no event when the gallery changes.
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// The live tracks and the status of the daemon; nil if no daemon answers.
    private var state: (tracks: [Event.LiveTrack], status: Event.Status)? {
        guard let client = try? EventClient(connectingTo: socket),
            (try? client.send(EventRequest(types: [EventType.status.rawValue]))) != nil,
            case .hello(let hello)? = next(client)?.content, case .status(let status)? = next(client)?.content
        else { return nil }
        return (hello.tracks, status)
    }

    private func next(_ client: EventClient) -> Event? {
        guard case .line(let line)? = try? client.next(timeout: .seconds(5)) else { return nil }
        return try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
    }
}
