import Foundation
import TestSupport
import Testing
import VisageConfiguration
import Yams

/// `docs/configuration.md`, from which the man page visaged.yaml(5) is made, against the code.
@Suite struct ConfigurationPageTests {
    private struct Row {
        let key: String
        let fallback: String
    }

    /// The rows of all tables of the page.
    private func rows() throws -> [Row] {
        let page = try String(contentsOf: Workspace.folder.appending(path: "docs/configuration.md"), encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces).trimmingCharacters(in: CharacterSet(charactersIn: "`"))
            }
            guard line.hasPrefix("| `"), cells.count == 4 else { return nil }
            return Row(key: cells[0], fallback: cells[1])
        }
    }

    /// The values of the code by key; an entry of `cameras` without its index.
    private func defaults() throws -> [String: String] {
        var configuration = Configuration()
        configuration.cameras = [Configuration.Camera()]
        var values: [String: String] = [:]
        func collect(_ node: Node, _ path: String) {
            switch node {
            case .mapping(let mapping) where !mapping.isEmpty:
                for (key, value) in mapping {
                    collect(value, path.isEmpty ? key.string ?? "?" : "\(path).\(key.string ?? "?")")
                }
            case .mapping: values[path] = "{}"
            case .sequence(let items) where path == "cameras": for item in items { collect(item, path) }
            case .sequence(let items): values[path] = "[\(items.compactMap(\.string).joined(separator: ", "))]"
            case .scalar(let scalar): values[path] = scalar.string
            default: break
            }
        }
        collect(try #require(try Yams.compose(yaml: YAMLEncoder().encode(configuration))), "")
        return values
    }

    @Test func hasExactlyTheKeysOfTheCode() throws {
        let keys = try rows().map(\.key)
        let code = try defaults().keys
        #expect(Set(keys).subtracting(code) == [], "keys that the code does not know")
        #expect(Set(code).subtracting(keys) == [], "keys that the page does not describe")
        #expect(Set(keys).count == keys.count, "keys that are described twice")
    }

    @Test func hasTheDefaultsOfTheCode() throws {
        let code = try defaults()
        for row in try rows() {
            let value = try #require(code[row.key])
            // The page writes an empty text as "" and numbers without a needless fraction.
            let isEqual =
                row.fallback == (value.isEmpty ? "\"\"" : value)
                || Double(row.fallback).map { $0 == Double(value) } ?? false
            #expect(isEqual, "\(row.key): the page has \(row.fallback), the code \(value)")
        }
    }
}
