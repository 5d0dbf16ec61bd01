@testable import Publishing

/// `events.db.seq`, which says what numbers were given to events; with its checksum right in every other input.
struct MarkTarget: FuzzTarget {
    static let name = "mark"
    static let maxBytes = 1_024

    static func seeds() -> [[UInt8]] {
        let former = ["00000000000000000012\n", "09223372036854775807\n", "-0000000000000000001\n", "12\n"]
        let records = [
            SequenceMark.Record(reserved: 2_000, last: 1_234, epoch: LogEpoch("1a2b3c4d"), token: "0123abcd"),
            SequenceMark.Record(reserved: 1_000, token: "x"),
        ]
        return (former.map { Array($0.utf8) } + records.map(SequenceMark.format)).flatMap { [[0] + $0, [1] + $0] }
    }

    func run(_ bytes: [UInt8]) throws {
        guard let kind = bytes.first else { return }
        var text = Array(bytes.dropFirst())
        if kind.isMultiple(of: 2) { text = withChecksum(text) }
        guard case .record(let record) = SequenceMark.parse(text) else { return }
        Invariant.require(record.reserved >= 0, "a negative number")
        // The next block is reserved from there.
        _ = record.reserved + SequenceMark.block
        if let last = record.last {
            Invariant.require(
                0...record.reserved ~= last, "\(last) was given, but \(record.reserved) was the last reserved")
        }
        // What was read says the same when it is written.
        guard case .record(let again) = SequenceMark.parse(SequenceMark.format(record)) else {
            Invariant.broken("a record that cannot be read back")
        }
        Invariant.require(again == record, "a record that changes when it is written")
    }

    /// The first two lines with the checksum that they have.
    private func withChecksum(_ text: [UInt8]) -> [UInt8] {
        let lines = text.split(separator: 10, omittingEmptySubsequences: false)
        guard lines.count > 1 else { return text }
        let covered = lines[0] + [10] + lines[1] + [10]
        return Array(covered) + Array(String(Checksum.of(covered), radix: 16).utf8) + [10]
    }
}
