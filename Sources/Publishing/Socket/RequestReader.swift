import NIOCore

/// Splits what a subscriber sends into lines, with a limit on their length and number.
struct RequestReader {
    enum Outcome: Equatable {
        case line([UInt8])
        /// A limit was exceeded; the text goes to the subscriber.
        case refused(String)
    }

    static let maxLineBytes = 16_384
    static let maxLines = 8

    private var partial: [UInt8] = []
    private var lines = 0
    /// A limit was exceeded, or the input has ended: whatever else comes is ignored.
    private(set) var isExceeded = false

    /// Takes bytes that have been received.
    mutating func take(_ buffer: ByteBuffer) -> [Outcome] {
        guard !isExceeded else { return [] }
        var outcomes: [Outcome] = []
        for byte in buffer.readableBytesView {
            if byte != UInt8(ascii: "\n") {
                guard partial.count < RequestReader.maxLineBytes else {
                    return outcomes + refuse("the line is longer than \(RequestReader.maxLineBytes) bytes")
                }
                partial.append(byte)
                continue
            }
            lines += 1
            guard lines <= RequestReader.maxLines else { return outcomes + refuse("too many lines") }
            outcomes.append(.line(partial))
            partial = []
        }
        return outcomes
    }

    /// The input has ended: what is left is the last line.
    mutating func finish() -> [Outcome] {
        defer {
            isExceeded = true
            partial = []
        }
        return isExceeded || partial.isEmpty ? [] : [.line(partial)]
    }

    private mutating func refuse(_ reason: String) -> [Outcome] {
        isExceeded = true
        partial = []
        return [.refused(reason + "; nothing more is read from this connection")]
    }
}
