import TestSupport
import Testing
import Tracking

@Suite struct AssignmentTests {
    /// The least sum over all ways to give every row, or every column if there are fewer, a partner of its own.
    private func cheapest(_ costs: [[Double]], row: Int = 0, taken: Set<Int> = [], free: Int) -> Double {
        guard row < costs.count else { return 0 }
        var best = Double.infinity
        if free > 0 { best = cheapest(costs, row: row + 1, taken: taken, free: free - 1) }
        for column in costs[row].indices where !taken.contains(column) {
            best = min(
                best,
                costs[row][column] + cheapest(costs, row: row + 1, taken: taken.union([column]), free: free))
        }
        return best
    }

    @Test func isAsCheapAsBruteForce() {
        var random = SeededRandom(5)
        for _ in 0..<300 {
            let rows = Int.random(in: 1...5, using: &random)
            let columns = Int.random(in: 1...5, using: &random)
            // Coarse values make ties; negative ones are allowed.
            let costs = (0..<rows).map { _ in
                (0..<columns).map { _ in (Double.random(in: -1...2, using: &random) * 8).rounded() / 8 }
            }
            let solution = Assignment.solve(costs)
            #expect(solution.count == rows)
            let pairs = solution.enumerated().compactMap { row, column in column.map { (row, $0) } }
            #expect(pairs.count == min(rows, columns))
            #expect(Set(pairs.map(\.1)).count == pairs.count, "no column twice")
            let sum = pairs.reduce(0) { $0 + costs[$1.0][$1.1] }
            let least = cheapest(costs, free: max(0, rows - columns))
            #expect(abs(sum - least) < 1e-9, "\(costs)")
        }
    }

    @Test func theGreedyChoiceIsNotAlwaysTheBest() {
        #expect(Assignment.solve([[0, 1], [0.1, 5]]) == [1, 0])
    }

    @Test func nothingToAssign() {
        #expect(Assignment.solve([]) == [])
        #expect(Assignment.solve([[], [], []]) == [nil, nil, nil])
    }

    @Test func largeProblemsEnd() {
        var random = SeededRandom(6)
        let costs = (0..<200).map { _ in (0..<230).map { _ in Double.random(in: 0...1, using: &random) } }
        #expect(Set(Assignment.solve(costs).compactMap { $0 }).count == 200)
    }
}
