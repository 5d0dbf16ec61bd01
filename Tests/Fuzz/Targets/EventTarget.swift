import Events
import Foundation
import TestSupport
import VisageCore

/// A line of the event socket as `visage tail` prints it: the names in it are those of folders that others made.
struct EventTarget: FuzzTarget {
    static let name = "event"

    static func seeds() throws -> [[UInt8]] {
        try EventType.allCases.flatMap { type in
            try ["Ann", nil].map { Array(try Event.sample(type, name: $0).line().utf8) }
        }
    }

    func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.contains(where: \.isNewline), let event = decoded(text) else { return }
        Invariant.checkLine(TerminalText.escaped(EventDescription.line(event, timeZone: .gmt)))
        // With --json, a terminal gets the line itself: it says the same.
        let printed = TerminalText.escaped(json: text)
        Invariant.checkLine(printed.replacing("\t", with: " "))
        Invariant.require(decoded(printed) == event, "an event says something else when it is printed")
        let line = try event.line()
        Invariant.checkLine(line)
        Invariant.require(decoded(line) != nil, "an event that cannot be read back: \(line)")
    }

    private func decoded(_ line: String) -> Event? {
        try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
    }
}
