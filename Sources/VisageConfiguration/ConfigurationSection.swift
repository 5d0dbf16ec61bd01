/// A part of the configuration that checks its own values.
protocol ConfigurationSection: Codable, Sendable, Equatable {
    /// Checks what the types of the values cannot express: ranges, and values that exclude each other.
    /// - Throws: `ConfigurationProblem`, the first one found.
    func validate() throws(ConfigurationProblem)
    /// The values that a key may have, where they are a few words and its type accepts no others.
    static var choices: [String: [String]] { get }
}

extension ConfigurationSection {
    static var choices: [String: [String]] { [:] }
}

/// Why a value of the configuration cannot be used.
package struct ConfigurationProblem: Error, Sendable {
    /// The keys that lead to the value, from the outermost one; a number for an element of a list.
    private(set) var path: [String]
    /// What is wrong with the value and what to write instead. Completes a sentence that begins with the key.
    package let detail: String

    init(_ key: some CodingKey, _ detail: String) {
        path = [key.stringValue]
        self.detail = detail
    }

    /// - Parameter index: of the element of a list.
    init(_ index: Int, _ detail: String) {
        path = ["\(index)"]
        self.detail = detail
    }

    /// The same problem, with one more key in front of its path.
    func within(_ key: String) -> ConfigurationProblem {
        var problem = self
        problem.path.insert(key, at: 0)
        return problem
    }

    /// - Throws: `ConfigurationProblem` for a value outside `range`.
    static func check(_ value: Int, _ key: some CodingKey, in range: ClosedRange<Int>) throws(ConfigurationProblem) {
        guard range.contains(value) else {
            throw ConfigurationProblem(key, "should be between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    /// - Throws: `ConfigurationProblem` for a value outside `range`, and for one that is not a number.
    static func check(
        _ value: Double, _ key: some CodingKey, in range: ClosedRange<Double>
    ) throws(ConfigurationProblem) {
        guard range.contains(value) else {
            throw ConfigurationProblem(
                key,
                "should be between \(range.lowerBound.withoutZeroFraction) and "
                    + range.upperBound.withoutZeroFraction)
        }
    }
}

extension Double {
    /// Decimal digits; whole numbers without a fraction.
    var withoutZeroFraction: String { Int(exactly: self).map(String.init) ?? String(self) }
}
