import Foundation
import VisageCore

/// What JetStream is asked, and what it answers.
package enum JetStream {
    /// What a broker says of itself when a request fails.
    package struct Failure: Decodable, Sendable {
        package let code: Int?
        package let errCode: Int?
        package let description: String?

        enum CodingKeys: String, CodingKey {
            case code
            case errCode = "err_code"
            case description
        }

        /// There is no such stream.
        package var isNoStream: Bool { errCode == 10059 }
        /// Another message than expected is the last of the stream.
        package var isWrongLast: Bool { errCode == 10071 }
    }

    /// Whether a message was stored.
    package struct Receipt: Decodable, Sendable {
        package let seq: UInt64?
        package let error: Failure?
    }

    /// The state of a stream.
    package struct StreamInfo: Decodable, Sendable {
        package struct State: Decodable, Sendable {
            package let messages: UInt64
            package let bytes: UInt64
            /// Of the oldest message that the stream has.
            package let first: UInt64
            /// Of the newest that it ever had.
            package let last: UInt64

            enum CodingKeys: String, CodingKey {
                case messages, bytes
                case first = "first_seq"
                case last = "last_seq"
            }
        }

        package let state: State
    }

    struct Reply<Content: Decodable>: Decodable {
        let content: Content?
        let error: Failure?

        enum CodingKeys: CodingKey { case error }

        init(from decoder: any Decoder) throws {
            error = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Failure.self, forKey: .error)
            content = error == nil ? try Content(from: decoder) : nil
        }
    }

    /// - Parameter message: a receipt.
    /// - Returns: nil if it is none.
    package static func receipt(_ message: FleetMessage) -> Receipt? {
        message.isUnheard ? nil : try? JSONDecoder().decode(Receipt.self, from: message.payload)
    }
}

extension FleetConnection {
    /// Asks something of JetStream.
    /// - Returns: nil if there is no such stream.
    /// - Throws: `VisageError` (source).
    package func ask<Content: Decodable>(
        _ subject: String, _ payload: Data = Data(), as type: Content.Type, timeout: Duration = .seconds(2)
    ) throws -> Content? {
        let answer = try request("$JS.API.\(subject)", payload, timeout: timeout)
        guard let reply = try? JSONDecoder().decode(JetStream.Reply<Content>.self, from: answer.payload) else {
            throw VisageError(.source, "The broker \(server) gives an answer to \(subject) that cannot be read")
        }
        if let failure = reply.error {
            if failure.isNoStream { return nil }
            throw VisageError(
                .source, "The broker \(server) refuses \(subject)", cause: failure.description)
        }
        return reply.content
    }

    /// - Returns: nil if there is no such stream.
    /// - Throws: `VisageError` (source), also while the brokers elect a leader.
    package func streamInfo(_ stream: String) throws -> JetStream.StreamInfo? {
        try ask("STREAM.INFO.\(stream)", as: JetStream.StreamInfo.self)
    }

    /// Stores a message under a subject of a stream, and waits until it is.
    /// - Returns: its sequence in the stream.
    /// - Throws: `VisageError` (source).
    @discardableResult
    package func put(_ subject: String, _ payload: Data, headers: [String: String] = [:]) throws -> UInt64 {
        let receipt = JetStream.receipt(try request(subject, payload, headers: headers))
        guard let seq = receipt?.seq, receipt?.error == nil else {
            throw VisageError(
                .source, "The broker \(server) does not store \(subject)", cause: receipt?.error?.description)
        }
        return seq
    }

    /// The newest message under a subject. A replica answers, which may be some milliseconds behind.
    /// - Returns: nil if there is none.
    /// - Throws: `VisageError` (source).
    package func newest(_ subject: String, in stream: String) throws -> FleetMessage? {
        found(try request("$JS.API.DIRECT.GET.\(stream).\(subject)"))
    }

    /// The message with a sequence. A replica answers, which may be some milliseconds behind.
    /// - Returns: nil if there is none.
    /// - Throws: `VisageError` (source).
    package func message(_ sequence: UInt64, in stream: String) throws -> FleetMessage? {
        found(try request("$JS.API.DIRECT.GET.\(stream)", Data(#"{"seq":\#(sequence)}"#.utf8)))
    }

    private func found(_ message: FleetMessage) -> FleetMessage? {
        message.headers["Nats-Sequence"] == nil ? nil : message
    }
}
