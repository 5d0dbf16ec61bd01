import Foundation
import VisageCore

/// What is published.
public struct Message: Sendable, Equatable {
    public var topic: String
    /// Empty and retained: what the broker has kept under the topic is removed.
    public var payload: [UInt8]
    /// Whether the broker keeps it for those who subscribe later.
    public var isRetained: Bool

    package init(_ topic: String, _ payload: [UInt8], retained: Bool = false) {
        self.topic = topic
        self.payload = payload
        isRetained = retained
    }

    package init(_ topic: String, _ text: String, retained: Bool = false) {
        self.init(topic, Array(text.utf8), retained: retained)
    }

    /// - Throws: `EncodingError` for a number that is not finite.
    package init(_ topic: String, json: some Encodable, retained: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = TerminalText.escaped(json: String(decoding: try encoder.encode(json), as: UTF8.self))
        self.init(topic, text, retained: retained)
    }

    /// Removes what is retained under the topic.
    static func clearing(_ topic: String) -> Message { Message(topic, [], retained: true) }
}
