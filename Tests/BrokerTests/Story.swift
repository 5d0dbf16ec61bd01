import Broker
import Events
import Foundation
import TestSupport
import Testing
import VisageCore

/// Feeds events to an interpreter, as the socket would.
struct Story {
    var interpreter: Interpreter
    private var seq: Int64 = 0
    private let now = Date()

    init(cameras: [String] = ["door"], isCurrent: Bool = true) {
        interpreter = Interpreter(Topics(prefix: "visage", machine: "lab"), Place())
        _ = interpreter.keep(cameras)
        interpreter.isCurrent = isCurrent
    }

    mutating func tell(_ event: Event, run: String = "run1", secondsAgo: Double = 0) throws -> Interpreter.Outcome {
        var event = event
        seq += 1
        (event.seq, event.run) = (seq, run)
        event.time = Event.format(now.addingTimeInterval(-secondsAgo))
        return try interpreter.handle(event.line(), event, seq: seq, epoch: "e", now: now)
    }
}

extension Interpreter.Outcome {
    /// The JSON of the messages under a topic that ends like this.
    func json(_ topic: String) throws -> [[String: Any]] {
        try messages.filter { $0.topic.hasSuffix(topic) }.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.payload)) as? [String: Any])
        }
    }
}

extension Event {
    /// The event, with its frame in a recording.
    func recorded(_ file: String, at offset: Int) -> Event {
        var event = self
        let position = RecordingPosition(file: file, offsetMs: offset)
        switch event.content {
        case .appeared(var sighting):
            sighting.recording = position
            event.content = .appeared(sighting)
        case .identified(var sighting, let finding):
            sighting.recording = position
            event.content = .identified(sighting, finding)
        case .lost(var sighting, let finding, let departure):
            sighting.recording = position
            event.content = .lost(sighting, finding, departure)
        default: break
        }
        return event
    }
}
