/// Puts together the numbers that mean one person.
public struct AliasGroups: Sendable {
    private var parents: [Int: Int] = [:]

    public init() {}

    /// A number is one person until more is said.
    public mutating func add(_ number: Int, also others: some Sequence<Int> = EmptyCollection()) {
        var root = find(number)
        for other in others {
            let next = find(other)
            guard next != root else { continue }
            // Any root does: which number stands for the person is decided elsewhere.
            parents[max(root, next)] = min(root, next)
            root = min(root, next)
        }
    }

    private mutating func find(_ number: Int) -> Int {
        guard parents[number] != nil else {
            parents[number] = number
            return number
        }
        var root = number
        while let parent = parents[root], parent != root { root = parent }
        var place = number
        while let parent = parents[place], parent != root {
            parents[place] = root
            place = parent
        }
        return root
    }

    /// All numbers, each group sorted, the groups by their first number.
    public mutating func groups() -> [[Int]] {
        var groups: [Int: [Int]] = [:]
        for number in parents.keys.sorted() { groups[find(number), default: []].append(number) }
        return groups.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    }
}
