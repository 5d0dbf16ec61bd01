import Foundation
import Synchronization
import TestSupport
import VisageCore

/// The scene as a live camera shows it: 25 pictures a second, whoever looks; the newest one for who asks. Fails before
/// the pictures that it is told to, and ends after the last.
final class FakeLiveSource: FrameSource {
    let name = "live"
    let isLive = true
    private let scene: Scene
    private let state: Mutex<State>

    private struct State {
        var start: MonotonicTime?
        var next = 0
        var outages: [(before: Int, outage: Outage)]
        var isCancelled = false
        var skipped = 0
    }

    /// - Parameter outages: in the order in which they are told, each before a picture.
    init(_ scene: Scene, outages: [(before: Int, outage: Outage)] = []) {
        self.scene = scene
        state = Mutex(State(outages: outages))
    }

    var losses: SourceLosses {
        var losses = SourceLosses()
        losses.skipped = state.withLock { $0.skipped }
        return losses
    }

    func next() throws -> SourceEvent? {
        let (number, due, outage) = state.withLock { state -> (Int, MonotonicTime, Outage?) in
            let start = state.start ?? .now
            state.start = start
            let newest = max(state.next, Int((MonotonicTime.now - start).inSeconds * 25))
            let outage = state.outages.first.flatMap { $0.before <= newest ? $0.outage : nil }
            if outage != nil { state.outages.removeFirst() }
            return (newest, start + .milliseconds(newest * 40), outage)
        }
        guard number < scene.frames, !state.withLock({ $0.isCancelled }) else { return nil }
        if let outage { return .outage(outage) }
        while MonotonicTime.now < due { Thread.sleep(forTimeInterval: 0.001) }
        state.withLock { state in
            state.skipped += number - state.next
            state.next = number + 1
        }
        return .frame(
            Frame(
                number: number, pts: .milliseconds(number * 40), captured: due, wall: Date(),
                image: scene.picture(number)))
    }

    func cancel() { state.withLock { $0.isCancelled = true } }
}
