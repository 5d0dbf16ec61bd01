import Events
import Foundation

/// Checks JSON against the part of JSON Schema 2020-12 that `events.schema.json` uses. A keyword that it does not
/// know is an error: a check that is silently skipped would be worse than none.
///
/// Safe to share: `root` holds JSON values, which nobody changes after they are read.
public struct EventSchemaValidator: @unchecked Sendable {
    /// Where and why a value does not fit, or what the validator cannot do.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    private let root: [String: Any]
    private let patterns: [String: NSRegularExpression]

    /// - Parameter schema: The schema file's bytes.
    public init(schema: some Sequence<UInt8>) throws {
        guard let root = try JSONSerialization.jsonObject(with: Data(schema)) as? [String: Any] else {
            throw Problem(description: "the schema is not an object")
        }
        self.root = root
        patterns = try EventSchemaValidator.patterns(in: root)
    }

    /// The schema's examples, each as one line.
    public func examples() throws -> [String] {
        try (root["examples"] as? [Any] ?? []).map {
            String(
                decoding: try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys), as: UTF8.self)
        }
    }

    /// - Throws: `Problem` when the line is not JSON or does not fit.
    public func check(_ line: String) throws {
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
        do {
            try check(value, root, at: "$")
        } catch let problem as Problem {
            throw Problem(description: "\(problem) in \(line)")
        }
    }

    private func check(_ value: Any, _ schema: Any, at place: String) throws {
        if let verdict = schema as? Bool {
            guard verdict else { throw Problem(description: "\(place) must not be there") }
            return
        }
        guard let schema = schema as? [String: Any] else {
            throw Problem(description: "bad schema at \(place)")
        }
        for (keyword, rule) in schema { try apply(keyword, rule, of: schema, to: value, at: place) }
    }

    private func apply(
        _ keyword: String, _ rule: Any, of schema: [String: Any], to value: Any, at place: String
    ) throws {
        func demand(_ holds: Bool) throws {
            if !holds { throw Problem(description: "\(place) breaks \(keyword): \(rule)") }
        }
        switch keyword {
        case "$schema", "$defs", "title", "description", "examples":
            break
        case "$ref":
            guard let path = rule as? String, path.hasPrefix("#/$defs/"),
                let target = (root["$defs"] as? [String: Any])?[String(path.dropFirst(8))]
            else { throw Problem(description: "cannot follow $ref \(rule)") }
            try check(value, target, at: place)
        case "type":
            try demand(try isOf(type: rule, value))
        case "const":
            try demand(isEqual(rule, value))
        case "enum":
            try demand((rule as? [Any] ?? []).contains { isEqual($0, value) })
        case "required":
            guard let object = value as? [String: Any] else { return }
            for key in rule as? [String] ?? [] where object[key] == nil {
                throw Problem(description: "\(place) lacks \(key)")
            }
        case "properties":
            guard let object = value as? [String: Any] else { return }
            for (key, inner) in rule as? [String: Any] ?? [:] {
                if let item = object[key] { try check(item, inner, at: "\(place).\(key)") }
            }
        case "items":
            for (index, item) in (value as? [Any] ?? []).enumerated() {
                try check(item, rule, at: "\(place)[\(index)]")
            }
        case "minItems", "maxItems":
            guard let list = value as? [Any], let limit = rule as? Int else { return }
            try demand(keyword == "minItems" ? list.count >= limit : list.count <= limit)
        case "pattern":
            guard let text = value as? String, let pattern = rule as? String else { return }
            let range = NSRange(text.startIndex..., in: text)
            try demand(patterns[pattern]?.firstMatch(in: text, range: range) != nil)
        case "minimum", "maximum":
            guard let given = number(value), let limit = number(rule) else { return }
            try demand(keyword == "minimum" ? given >= limit : given <= limit)
        case "allOf":
            for part in rule as? [Any] ?? [] { try check(value, part, at: place) }
        case "if":
            let holds = (try? check(value, rule, at: place)) != nil
            if let branch = schema[holds ? "then" : "else"] { try check(value, branch, at: place) }
        case "then", "else":
            guard schema["if"] != nil else { throw Problem(description: "\(keyword) without if at \(place)") }
        default:
            throw Problem(description: "the validator does not know the keyword \(keyword) at \(place)")
        }
    }

    /// Compiled once: tests check thousands of lines.
    private static func patterns(in schema: Any) throws -> [String: NSRegularExpression] {
        var found: [String: NSRegularExpression] = [:]
        for inner in (schema as? [String: Any])?.values.map({ $0 }) ?? schema as? [Any] ?? [] {
            found.merge(try patterns(in: inner)) { first, _ in first }
        }
        if let pattern = (schema as? [String: Any])?["pattern"] as? String {
            found[pattern] = try NSRegularExpression(pattern: pattern)
        }
        return found
    }

    private func isOf(type: Any, _ value: Any) throws -> Bool {
        switch type as? String {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "number": number(value) != nil
        case "integer": number(value).map { $0 == $0.rounded() } ?? false
        case "boolean": isBoolean(value)
        default: throw Problem(description: "the validator does not know the type \(type)")
        }
    }

    /// JSONSerialization gives numbers and truth values the same class.
    private func isBoolean(_ value: Any) -> Bool {
        (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
    }

    private func number(_ value: Any) -> Double? {
        guard !isBoolean(value) else { return nil }
        return (value as? NSNumber)?.doubleValue
    }

    private func isEqual(_ left: Any, _ right: Any) -> Bool {
        if let left = left as? String, let right = right as? String { return left == right }
        if let left = number(left), let right = number(right) { return left == right }
        return false
    }
}
