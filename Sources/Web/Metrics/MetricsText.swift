import Foundation

/// Prometheus' text format, version 0.0.4.
struct MetricsText {
    enum Kind: String { case counter, gauge, histogram }

    private(set) var text = ""

    /// One metric with all its series; without any, it is left out.
    /// - Parameters:
    ///   - name: with its unit, and for counters with `_total`.
    ///   - help: ends with a period.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ series: [(labels: [(String, String)], value: Double?)]
    ) {
        let known = series.compactMap { labels, value in value.map { (labels, $0) } }
        guard !known.isEmpty else { return }
        begin(name, kind, help)
        for (labels, value) in known { line(name, labels, value) }
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        add(name, kind, help, [([], value)])
    }

    /// Observations by size.
    struct Histogram {
        /// Upper bounds, with the number of observations up to each.
        let buckets: [(bound: Double, count: Int)]
        let count: Int
        let sum: Double
    }

    mutating func histogram(_ name: String, _ help: String, _ series: [(labels: [(String, String)], Histogram)]) {
        guard !series.isEmpty else { return }
        begin(name, .histogram, help)
        for (labels, one) in series {
            for bucket in one.buckets {
                line("\(name)_bucket", labels + [("le", Self.number(bucket.bound))], Double(bucket.count))
            }
            line("\(name)_bucket", labels + [("le", "+Inf")], Double(one.count))
            line("\(name)_sum", labels, one.sum)
            line("\(name)_count", labels, Double(one.count))
        }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(Self.number(value))\n" : "\(name){\(list)} \(Self.number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
