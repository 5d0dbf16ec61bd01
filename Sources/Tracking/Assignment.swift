// Tracking follows faces from frame to frame: boxes, scores and times in, tracks out. Pure Swift, no clock, no lock,
// no pixels: the same input gives the same output.

/// Finds the cheapest one-to-one assignment (the Hungarian method with potentials, O(n²m)).
package enum Assignment {
    /// - Parameter costs: one row for each left item, all rows of the same length. Finite.
    /// - Returns: for each row its column, or nil where there are more rows than columns.
    package static func solve(_ costs: [[Double]]) -> [Int?] {
        guard let width = costs.first?.count, width > 0 else { return costs.map { _ in nil } }
        // The method needs at least as many columns as rows, so surplus rows get columns that mean "not assigned".
        let rows = costs.count
        let columns = max(width, rows)
        let nobody = (costs.joined().max() ?? 0) + 1
        func cost(_ row: Int, _ column: Int) -> Double { column < width ? costs[row][column] : nobody }

        var rowPotential = [Double](repeating: 0, count: rows + 1)
        var columnPotential = [Double](repeating: 0, count: columns + 1)
        // The row assigned to each column; column 0 holds the row that is being inserted.
        var owner = [Int](repeating: 0, count: columns + 1)
        for row in 1...rows {
            owner[0] = row
            var column = 0
            var slack = [Double](repeating: .infinity, count: columns + 1)
            var previous = [Int](repeating: 0, count: columns + 1)
            var visited = [Bool](repeating: false, count: columns + 1)
            repeat {
                visited[column] = true
                let current = owner[column]
                var least = Double.infinity
                var next = 0
                for candidate in 1...columns where !visited[candidate] {
                    let reduced =
                        cost(current - 1, candidate - 1) - rowPotential[current] - columnPotential[candidate]
                    if reduced < slack[candidate] {
                        slack[candidate] = reduced
                        previous[candidate] = column
                    }
                    if slack[candidate] < least {
                        least = slack[candidate]
                        next = candidate
                    }
                }
                for index in 0...columns {
                    if visited[index] {
                        rowPotential[owner[index]] += least
                        columnPotential[index] -= least
                    } else {
                        slack[index] -= least
                    }
                }
                column = next
            } while owner[column] != 0
            repeat {
                let from = previous[column]
                owner[column] = owner[from]
                column = from
            } while column != 0
        }
        var result = [Int?](repeating: nil, count: rows)
        for column in 1...width where owner[column] > 0 { result[owner[column] - 1] = column - 1 }
        return result
    }
}
