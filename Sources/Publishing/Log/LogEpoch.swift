/// Tells one numbering of events from another. A number is given once in an epoch. Where the last number that was given is
/// not known, or the numbers that are given cannot be recorded, a new epoch branches off the old one: up to the place
/// where it does, both have the same events.
///
/// As text it is the branches, oldest first: `6f1d22c09a3b:4.c81e728d9d4c` branched off `6f1d22c09a3b` after `seq` 4.
/// Subscribers compare it and send it back; what it says is the log's business.
package struct LogEpoch: Sendable, Equatable, CustomStringConvertible {
    /// An epoch that a later one branched off.
    package struct Ancestor: Sendable, Equatable {
        package let id: String
        /// The last `seq` that both have.
        package let end: Int64
    }

    /// Older ones are forgotten; who comes from there gets the whole log.
    package static let maxAncestors = 8
    /// Longer texts are not looked at.
    package static let maxLength = 400

    package let ancestors: [Ancestor]
    package let id: String

    /// A new one, related to none.
    package init() { self.init(ancestors: []) }

    private init(ancestors: [Ancestor]) {
        self.ancestors = ancestors
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        id = String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// Reads a text; nil if it is none.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maxLength else { return nil }
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = parts.popLast(), Self.isID(last) else { return nil }
        var ancestors: [Ancestor] = []
        for part in parts {
            let words = part.split(separator: ":", omittingEmptySubsequences: false)
            guard words.count == 2, Self.isID(words[0]), let end = Int64(words[1]), end >= 0 else { return nil }
            ancestors.append(Ancestor(id: String(words[0]), end: end))
        }
        (self.ancestors, id) = (ancestors, String(last))
    }

    package var description: String { (ancestors.map { "\($0.id):\($0.end)" } + [id]).joined(separator: ".") }

    /// A new epoch that has everything of this one up to `seq`.
    package func branch(after seq: Int64) -> LogEpoch {
        // An ancestor that ends later ends here as well.
        let all = ancestors.map { Ancestor(id: $0.id, end: min($0.end, seq)) } + [Ancestor(id: id, end: seq)]
        return LogEpoch(ancestors: all.suffix(Self.maxAncestors))
    }

    /// Up to where this epoch has the same events as somebody who has those of `other` up to `seq`; nil if the two are not
    /// related.
    package func place(of seq: Int64, in other: LogEpoch) -> Int64? {
        let own = ancestors + [Ancestor(id: id, end: .max)]
        let theirs = other.ancestors + [Ancestor(id: other.id, end: .max)]
        for ancestor in own.reversed() {
            guard let shared = theirs.last(where: { $0.id == ancestor.id }) else { continue }
            return min(seq, ancestor.end, shared.end)
        }
        return nil
    }

    private static func isID(_ text: Substring) -> Bool {
        (1...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
