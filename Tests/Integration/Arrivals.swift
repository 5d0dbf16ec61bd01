/// Which numbers of events arrived, and in which order each came for the first time.
struct Arrivals: CustomStringConvertible {
    let count: Int
    let missing: Int
    let twice: Int
    let isInOrder: Bool

    init(_ numbers: [Int64], upTo last: Int64) {
        var seen: Set<Int64> = []
        let first = numbers.filter { seen.insert($0).inserted }
        count = first.count
        missing = (1...max(1, last)).count { !seen.contains($0) }
        twice = numbers.count - first.count
        isInOrder = first == first.sorted()
    }

    var isComplete: Bool { missing == 0 && isInOrder }
    var description: String {
        "\(count) events arrived, \(missing) missing, \(twice) came again, first arrivals \(isInOrder ? "" : "not ")in order"
    }
}
