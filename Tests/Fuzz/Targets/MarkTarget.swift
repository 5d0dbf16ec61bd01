import Foundation
import TestSupport

@testable import Publishing

/// `events.db.seq`, the highest number given to an event.
struct MarkTarget: FuzzTarget {
    static let name = "mark"
    static let maxBytes = 64

    static func seeds() -> [[UInt8]] {
        ["00000000000000000012\n", "09223372036854775807\n", "-0000000000000000001\n", "12\n", ""].map {
            Array($0.utf8)
        }
    }

    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    func run(_ bytes: [UInt8]) throws {
        let path = scratch.file("events.db.seq").path
        try Data(bytes).write(to: URL(filePath: path))
        let mark = try SequenceMark(path: path)
        let value = mark.value
        Invariant.require(value >= 0, "a negative mark")
        // The next event's number.
        let next = value + 1
        try mark.write(next)
        Invariant.require(mark.value == next, "a mark that is not what was written")
    }
}
