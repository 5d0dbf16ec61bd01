import ArgumentParser
import Foundation

/// Values separated by commas.
struct NumberList<Value: LosslessStringConvertible & Sendable>: ExpressibleByArgument, Sendable {
    let values: [Value]

    init(_ values: [Value]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Value($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count else { return nil }
    }

    var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}

/// How many photos are enrolled of each person: a number, or a range such as `1-3`.
struct PhotoCount: LosslessStringConvertible, Sendable {
    let range: ClosedRange<Int>

    init(_ range: ClosedRange<Int>) { self.range = range }

    init?(_ description: String) {
        let ends = description.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, low >= 1, low <= high,
            high <= 1000
        else { return nil }
        range = low...high
    }

    var description: String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
