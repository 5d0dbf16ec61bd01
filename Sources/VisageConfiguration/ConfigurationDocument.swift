import VisageCore
import Yams

/// The YAML document that a configuration is read from; knows the line of each key for error messages.
struct ConfigurationDocument {
    /// For error messages: the path of the file.
    let name: String
    /// An empty mapping if the document is empty.
    let root: Node

    /// - Throws: `VisageError` (configuration) if the text is not YAML.
    init(_ text: String, name: String) throws {
        self.name = name
        do {
            root = try Yams.compose(yaml: text) ?? Node([:])
        } catch let error as YamlError {
            let (line, problem) = Self.describe(error, in: text)
            throw Self.failure(name, line: line, problem)
        }
    }

    /// The error for a place in the document.
    func failure(line: Int?, _ message: String) -> VisageError { Self.failure(name, line: line, message) }

    /// The error for the value of a key.
    /// - Parameters:
    ///   - path: the keys that lead to it, from the outermost one, and indices of list elements.
    ///   - detail: completes a sentence that begins with the key.
    func failure(at path: [String], _ detail: String) -> VisageError {
        failure(line: line(of: path), "`\(path.joined(separator: "."))` \(detail)")
    }

    /// The line of the deepest part of `path` that is in the document; the rest is filled in from the defaults.
    private func line(of path: [String]) -> Int? {
        var node = root
        var line = node.mark?.line
        for key in path {
            let element = Int(key).flatMap { index in node.array().indices.contains(index) ? node.array()[index] : nil }
            guard let next = element ?? node[key] else { break }
            node = next
            line = next.mark?.line ?? line
        }
        return line
    }

    private static func failure(_ name: String, line: Int?, _ message: String) -> VisageError {
        VisageError(.configuration, line.map { "\(name), line \($0): \(message)" } ?? "\(name): \(message)")
    }

    /// The error in one line: the description that Yams makes has several and names no file.
    private static func describe(_ error: YamlError, in text: String) -> (line: Int?, problem: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? "?"
            // Yams says where the mapping begins; the user has to look at the second of its lines with this key.
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let own = lines.indices.filter {
                $0 + 1 >= context.mark.line && lines[$0].drop { $0 == " " || $0 == "-" }.hasPrefix("\(key):")
            }
            return (own.dropFirst().first.map { $0 + 1 } ?? context.mark.line, "`\(key)` is there twice; remove one")
        default:
            return (nil, "not YAML: " + "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }
}
