import Foundation
import VisageCore
import Yams

/// Reads `visaged.yaml`. A key or value that cannot be used is refused with its name and line.
public enum ConfigurationFile {
    /// - Throws: `VisageError` (configuration) that names the file, the line and the key, and says what to write instead.
    public static func load(_ file: URL) throws -> Configuration {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw VisageError(
                .configuration, "The configuration \(file.path) cannot be read", cause: error.systemReason)
        }
        var configuration = try parse(ConfigurationDocument(text, name: file.path))
        // Relative to the file, so that the folder that the daemon is started in does not matter.
        configuration.resolvePaths(against: file.deletingLastPathComponent())
        return configuration
    }

    private static func parse(_ document: ConfigurationDocument) throws -> Configuration {
        let complete = try ConfigurationDefaults.complete(document)
        let configuration: Configuration
        do {
            configuration = try YAMLDecoder().decode(Configuration.self, from: Yams.serialize(node: complete))
        } catch let error as DecodingError {
            let problem = describe(error)
            throw document.failure(at: problem.path, problem.detail)
        }
        do { try configuration.validate() } catch { throw document.failure(at: error.path, error.detail) }
        return configuration
    }

    private static func describe(_ error: DecodingError) -> (path: [String], detail: String) {
        func names(_ path: [any CodingKey]) -> [String] { path.map { $0.intValue.map(String.init) ?? $0.stringValue } }
        switch error {
        case .typeMismatch(let type, let context):
            return (names(context.codingPath), "should be \(word(for: type))")
        case .dataCorrupted(let context):
            let path = names(context.codingPath)
            guard let choices = Configuration.choices(at: path) else {
                return (path, "has a value that cannot be used: \(context.debugDescription)")
            }
            return (path, "should be one of \(choices.joined(separator: ", "))")
        case .valueNotFound(let type, let context):
            return (names(context.codingPath), "is empty; it should be \(word(for: type))")
        case .keyNotFound(let key, let context):
            return (names(context.codingPath + [key]), "is missing")
        @unknown default:
            return ([], "\(error)")
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Double.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "a text"
        default: "of another kind"
        }
    }
}
