import Events
import Foundation
import Synchronization
import VisageCore

/// Keeps events.
final class Ledger: EventSink {
    private let kept = Mutex<[Event]>([])
    let wantsFrames: Bool

    init(wantsFrames: Bool = false) { self.wantsFrames = wantsFrames }

    var events: [Event] { kept.withLock { $0 } }
    var types: [EventType] { events.map(\.type) }

    func publish(_ event: CameraEvent) { kept.withLock { $0.append(Event(event)) } }

    /// The events as lines, without what a clock put in.
    var lines: [String] {
        events.map { event in
            var event = event
            if event.type == .sourceDown { event.time = "" }
            return (try? event.line()) ?? "?"
        }
    }
}

/// Keeps which frames were written, each as slowly as asked.
final class FakeRecorder: FrameRecorder {
    private let kept = Mutex<(written: [Int], interrupted: Int, completed: Int, finished: Int)>(([], 0, 0, 0))
    private let delay: Double

    init(delay milliseconds: Double = 0) { delay = milliseconds }

    var written: [Int] { kept.withLock { $0.written } }
    /// While frames are written, cheaper than to take the array out, and in an order that ThreadSanitizer sees.
    var writtenCount: Int { kept.withLock { $0.written.count } }
    var interrupted: Int { kept.withLock { $0.interrupted } }
    var completed: Int { kept.withLock { $0.completed } }
    var finished: Int { kept.withLock { $0.finished } }

    func position(of frame: Frame) -> RecordingPosition? {
        RecordingPosition(file: "a.mp4", offsetMs: Int(frame.pts.milliseconds))
    }

    func write(_ frame: Frame, at position: RecordingPosition) {
        if delay > 0 { Thread.sleep(forTimeInterval: delay / 1000) }
        kept.withLock { $0.written.append(frame.number) }
    }

    func interrupt() { kept.withLock { $0.interrupted += 1 } }
    func complete() { kept.withLock { $0.completed += 1 } }
    func finish() { kept.withLock { $0.finished += 1 } }
}

/// Keeps which frames were shown.
final class FakeBroadcaster: FrameBroadcaster {
    private let kept = Mutex<[Int]>([])
    let hasViewers: Bool

    init(hasViewers: Bool) { self.hasViewers = hasViewers }

    var shown: [Int] { kept.withLock { $0 } }
    func show(_ frame: Frame) { kept.withLock { $0.append(frame.number) } }
}
