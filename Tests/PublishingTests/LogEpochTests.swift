import Publishing
import TestSupport
import Testing

/// Where a subscriber goes on whose place belongs to another numbering.
@Suite struct LogEpochTests {
    @Test func theTextSaysWhereAnEpochBranchedOff() throws {
        let first = LogEpoch()
        let second = first.branch(after: 4).branch(after: 9)
        #expect(LogEpoch("\(second)") == second && LogEpoch("\(first)") == first)
        #expect("\(second)".hasPrefix("\(first):4."))
        for text in [
            "", ".", "a.", "a:.b", "a:-1.b", "a:x.b", "A", "a b", "a:1:2.b", String(repeating: "a", count: 1_000),
        ] {
            #expect(LogEpoch(text) == nil, "\(text)")
        }
    }

    @Test func relatedEpochsShareWhatCameBeforeTheyParted() {
        let first = LogEpoch()
        let (second, other) = (first.branch(after: 4), first.branch(after: 7))
        #expect(first.place(of: 14, in: first) == 14)
        // The daemon knows the first only: what the second had after 4 was never recorded.
        #expect(first.place(of: 14, in: second) == 4 && first.place(of: 3, in: second) == 3)
        #expect(second.place(of: 14, in: first) == 4 && second.place(of: 2, in: first) == 2)
        #expect(other.place(of: 14, in: second) == 4 && second.place(of: 14, in: other) == 4)
        #expect(LogEpoch().place(of: 14, in: first) == nil)
    }

    @Test func oldAncestorsAreForgotten() throws {
        var epoch = LogEpoch()
        let (first, middle) = (epoch, epoch.branch(after: 1))
        epoch = middle
        for seq in 2...9 { epoch = epoch.branch(after: Int64(seq)) }
        #expect(epoch.ancestors.count == LogEpoch.maxAncestors && "\(epoch)".utf8.count <= LogEpoch.maxLength)
        #expect(epoch.place(of: 50, in: first) == nil && epoch.place(of: 50, in: middle) == 2)
    }
}
