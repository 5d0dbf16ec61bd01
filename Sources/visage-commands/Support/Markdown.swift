import Foundation

/// Tables in Markdown.
enum Markdown {
    /// The lines of the table.
    static func table(_ heads: [String], _ rows: [[String]]) -> [String] {
        ([heads, heads.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
    }

    /// A number with `count` decimals, or a dash for nil.
    static func decimals(_ value: Double?, _ count: Int) -> String {
        value.map { String(format: "%.\(count)f", $0) } ?? "–"
    }

    /// A share in percent.
    static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
