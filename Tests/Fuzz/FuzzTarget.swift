import Foundation
import VisageCore

/// A parser of bytes that somebody else wrote, and what has to hold whatever the bytes are.
protocol FuzzTarget: Sendable {
    /// On the command line.
    static var name: String { get }
    /// Longer inputs are not tried: they are slower and find the same.
    static var maxBytes: Int { get }
    /// Whether an input may make the program connect to an address of its own choice.
    static var needsPrivateNetwork: Bool { get }
    /// Valid inputs, which the others are made from.
    static func seeds() throws -> [[UInt8]]

    init() throws

    /// Parses an input, and uses what came of it as the program does.
    /// - Throws: what the parser throws, which `Invariant.check` looks at.
    func run(_ bytes: [UInt8]) throws
}

extension FuzzTarget {
    static var maxBytes: Int { 4_096 }
    static var needsPrivateNetwork: Bool { false }
}

/// What holds for every input. A broken one ends the process, which libFuzzer reports with the input.
enum Invariant {
    static func require(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {
        guard condition() else { broken(message()) }
    }

    /// That the program has taken so far.
    static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    static func broken(_ message: String) -> Never {
        fatalError("broken invariant: \(message.debugDescription)")
    }

    /// Bad input gives a `VisageError` in one line.
    static func check(_ error: any Error) {
        guard error is VisageError else { broken("an error that is no VisageError: \(error)") }
        let text = "\(error)"
        checkLine(text)
        require(text.utf8.count <= 4_096, "an error of \(text.utf8.count) bytes")
    }

    /// Nothing in a line for people moves the cursor, reprograms the terminal or turns the direction of the text.
    static func checkLine(_ text: String) {
        let control = text.unicodeScalars.first {
            switch $0.properties.generalCategory {
            // Joiners belong to the spelling of names.
            case .format: $0 != "\u{200C}" && $0 != "\u{200D}"
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
            default: false
            }
        }
        require(control == nil, "a control character in a line: \(text)")
    }
}

/// Reads an input from the front; what is missing at its end is 0.
struct InputReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var rest: [UInt8] { Array(bytes) }
    var isAtEnd: Bool { bytes.isEmpty }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }
    mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }
    mutating func long() -> Int { word() << 16 | word() }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    /// Up to the next `separator` or the end.
    mutating func part(endingWith separator: UInt8) -> [UInt8] {
        let part = Array(bytes.prefix { $0 != separator })
        bytes = bytes.dropFirst(part.count + 1)
        return part
    }
}
