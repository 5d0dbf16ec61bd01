import Foundation
import Publishing
import VisageCore

/// A daemon that may be running.
struct DaemonInSight {
    private let socket: String
    /// A daemon looks for a new gallery every two seconds, and takes back a name with the next two looks at the face.
    private static let patience = Duration.seconds(15)

    init(_ socket: String) { self.socket = socket }

    /// Waits until the daemon has a gallery of so many people in force, and calls nobody by that name any more; says so
    /// if it goes on.
    func waitUntilGone(_ name: String, from gallery: URL, leaving people: Int) {
        let deadline = MonotonicTime.now + Self.patience
        while let (tracks, status) = state {
            // One that has another gallery does not know the name, or keeps it.
            guard let inForce = status.gallery, inForce.path == gallery.path else { return }
            guard inForce.people != people || tracks.contains(where: { $0.name == name }) else { return }
            guard MonotonicTime.now < deadline else {
                return Output.note("the daemon may still call somebody \(name): say this again later")
            }
            // The daemon says what it is when asked; nothing tells of a change.
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// The faces that are being followed, and how the daemon does; nil if none answers.
    private var state: (tracks: [Event.LiveTrack], status: Event.Status)? {
        guard let client = try? EventClient(connectingTo: socket),
            (try? client.send(EventRequest(types: [EventType.status.rawValue]))) != nil,
            let tracks = next(client)?.tracks, let status = next(client)?.status
        else { return nil }
        return (tracks, status)
    }

    private func next(_ client: EventClient) -> Event? {
        guard case .line(let line)? = try? client.next(timeout: .seconds(5)) else { return nil }
        return try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
    }
}
