import NIOCore

/// Cuts what a subscriber sends into lines. Holds little, and gives up on those who send nonsense.
struct RequestReader {
    enum Outcome: Equatable {
        case line([UInt8])
        /// Not even worth reading; the text goes to the sender.
        case refused(String)
    }

    static let longestLine = 16_384
    static let mostLines = 8

    private var partial: [UInt8] = []
    private var lines = 0
    /// Whatever else comes will be ignored.
    private(set) var isTired = false

    /// Takes what has come.
    mutating func take(_ buffer: ByteBuffer) -> [Outcome] {
        guard !isTired else { return [] }
        var outcomes: [Outcome] = []
        for byte in buffer.readableBytesView {
            if byte != UInt8(ascii: "\n") {
                guard partial.count < RequestReader.longestLine else {
                    return outcomes + tire("the line is longer than \(RequestReader.longestLine) bytes")
                }
                partial.append(byte)
                continue
            }
            lines += 1
            guard lines <= RequestReader.mostLines else { return outcomes + tire("too many lines") }
            outcomes.append(.line(partial))
            partial = []
        }
        return outcomes
    }

    /// Nothing more will come: what is left is the last line.
    mutating func finish() -> [Outcome] {
        defer {
            isTired = true
            partial = []
        }
        return isTired || partial.isEmpty ? [] : [.line(partial)]
    }

    private mutating func tire(_ reason: String) -> [Outcome] {
        isTired = true
        partial = []
        return [.refused(reason + "; nothing more is read from you")]
    }
}
