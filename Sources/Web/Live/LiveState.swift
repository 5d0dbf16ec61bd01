import Events
import Foundation
import NIOCore
import Synchronization
import VisageCore

/// What is now: the cameras, up or down and why, and who is before each.
final class LiveState: Sendable {
    /// One camera.
    struct Camera: Sendable, Encodable {
        let name: String
        var isUp: Bool
        /// Why it is down.
        var reason: String?
        var people: [Face]

        enum CodingKeys: String, CodingKey {
            case name, reason, people
            case isUp = "up"
        }
    }

    /// Somebody who is before a camera.
    struct Face: Sendable, Encodable {
        let track: Int
        var name: String?
        var unknownID: String?
        /// RFC 3339.
        let since: String

        enum CodingKeys: String, CodingKey {
            case track, name, since
            case unknownID = "unknown_id"
        }
    }

    private struct State {
        var isConnected = false
        var version: String?
        var run = ""
        var cameras: [Camera] = []
        var visitSerial = 0
        var serial = 0
    }

    private let state = Mutex(State())
    private let feeds: CameraFeeds
    let changes = Wakeups()

    init(feeds: CameraFeeds) { self.feeds = feeds }

    var cameras: [Camera] { state.withLock { $0.cameras } }
    var isConnected: Bool { state.withLock { $0.isConnected } }
    var version: String? { state.withLock { $0.version } }
    /// The tracks that are followed.
    var tracks: [Int] { state.withLock { $0.cameras.flatMap { $0.people.map(\.track) } } }
    /// Grows with every visit that is new or has changed.
    var visitSerial: Int { state.withLock { $0.visitSerial } }
    /// Grows with every change.
    var serial: Int { state.withLock { $0.serial } }

    func greet(_ hello: Event.Hello, run: String) {
        feeds.update(hello.cameras)
        let now = Event.format(Date())
        change { state in
            state.isConnected = true
            state.version = hello.version
            let isSame = state.run == run
            state.run = run
            state.cameras = hello.cameras.map { name in
                let old = state.cameras.first { $0.name == name }
                let people = hello.tracks.filter { $0.camera == name }.map { track in
                    Face(
                        track: track.track, name: track.name, unknownID: track.unknownID,
                        since: (isSame ? old?.people.first { $0.track == track.track }?.since : nil) ?? now)
                }
                // Whether it is up, the status says; until then it is what it was.
                return Camera(name: name, isUp: old?.isUp ?? true, reason: old?.reason, people: people)
            }
        }
    }

    /// What the daemon's status says of the cameras.
    func update(_ status: Event.Status) {
        change { state in
            for camera in status.cameras {
                guard let index = state.cameras.firstIndex(where: { $0.name == camera.camera }) else { continue }
                state.cameras[index].isUp = camera.isUp
                state.cameras[index].reason = camera.isUp ? nil : camera.reason
            }
        }
    }

    func add(_ event: Event) {
        guard let name = event.camera else { return }
        change { state in
            guard let index = state.cameras.firstIndex(where: { $0.name == name }) else { return }
            switch event.content {
            case .sourceUp: (state.cameras[index].isUp, state.cameras[index].reason) = (true, nil)
            case .sourceDown(let down):
                (state.cameras[index].isUp, state.cameras[index].reason) = (false, down.reason)
            case .lost(let sighting, _, _): state.cameras[index].people.removeAll { $0.track == sighting.track }
            default:
                guard let sighting = event.sighting else { return }
                let at = state.cameras[index].people.firstIndex { $0.track == sighting.track }
                if at == nil { state.cameras[index].people.append(Face(track: sighting.track, since: event.time)) }
                guard let finding = event.finding else { return }
                let place = at ?? state.cameras[index].people.count - 1
                state.cameras[index].people[place].name = finding.name
                state.cameras[index].people[place].unknownID = finding.unknownID
            }
        }
    }

    func visitsChanged() { change { $0.visitSerial += 1 } }

    /// The daemon is not there.
    func disconnect() {
        guard isConnected else { return }
        change { state in
            state.isConnected = false
            for index in state.cameras.indices {
                state.cameras[index].people = []
                (state.cameras[index].isUp, state.cameras[index].reason) = (false, "visaged does not answer")
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            state.serial += 1
        }
        changes.wake()
    }
}

/// Wakes all who wait for a change. Several changes may wake them once.
final class Wakeups: Sendable {
    private let waiting = Mutex<(next: Int, all: [Int: AsyncStream<Void>.Continuation])>((0, [:]))

    var count: Int { waiting.withLock { $0.all.count } }

    /// Yields once at first, then after each change.
    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = waiting.withLock { waiting in
            waiting.next += 1
            waiting.all[waiting.next] = continuation
            return waiting.next
        }
        continuation.onTermination = { [weak self] _ in self?.waiting.withLock { $0.all[number] = nil } }
        continuation.yield()
        return stream
    }

    func wake() {
        for continuation in waiting.withLock({ Array($0.all.values) }) { continuation.yield() }
    }
}
