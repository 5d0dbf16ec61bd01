import Events
import Foundation
import TestSupport

/// A line of the event socket as `visage tail` prints it: the names in it are those of folders that others made.
struct EventTarget: FuzzTarget {
    static let name = "event"

    static func seeds() throws -> [[UInt8]] {
        try EventType.allCases.flatMap { type in
            try ["Ann", nil].map { Array(try Event.sample(type, name: $0).line().utf8) }
        }
    }

    func run(_ bytes: [UInt8]) throws {
        guard let event = try? JSONDecoder().decode(Event.self, from: Data(bytes)) else { return }
        Invariant.checkLine(EventDescription.line(event, timeZone: .gmt))
        // What is passed on as JSON says the same.
        guard let line = try? event.line() else { return }
        Invariant.require(!line.contains(where: \.isNewline), "an event in several lines")
        let again = try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
        Invariant.require(again != nil, "an event that cannot be read back")
    }
}
