import Capture
import Foundation
import Logging
import VisageCore
import Yams

/// Reads `visaged.yaml` and refuses, by name and line, what it does not know.
public enum ConfigurationFile {
    /// - Throws: `VisageError` (configuration) with file, line, key and cure.
    public static func load(_ file: URL) throws -> Configuration {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw VisageError(
                .configuration, "The configuration \(file.path) cannot be read", cause: error.localizedDescription)
        }
        var configuration = try parse(text, name: file.path)
        // What is said relatively is meant relative to the file that says it, wherever the daemon is started.
        configuration.resolvePaths(against: file.deletingLastPathComponent())
        return configuration
    }

    /// - Parameter name: for messages.
    static func parse(_ text: String, name: String) throws -> Configuration {
        func failure(_ line: Int?, _ message: String) -> VisageError {
            VisageError(.configuration, line.map { "\(name), line \($0): \(message)" } ?? "\(name): \(message)")
        }
        let document: Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (line, problem) = describe(error, in: text)
            throw failure(line, problem)
        }
        do {
            let encoder = YAMLEncoder()
            let defaults = try Yams.compose(yaml: encoder.encode(Configuration())) ?? Node([:])
            let camera = try Yams.compose(yaml: encoder.encode(Configuration.Camera())) ?? Node([:])
            let merged = try overlay(document ?? Node([:]), onto: defaults, elements: camera, path: "", failure)
            let configuration: Configuration
            do {
                configuration = try YAMLDecoder().decode(Configuration.self, from: Yams.serialize(node: merged))
            } catch let error as DecodingError {
                let (path, detail) = describe(error)
                throw failure(line(of: path, in: document), "`\(path.joined(separator: "."))` \(detail)")
            }
            if let problem = configuration.problem() {
                throw failure(
                    line(of: problem.path, in: document),
                    "`\(problem.path.joined(separator: "."))` \(problem.detail)")
            }
            return configuration
        } catch let error as VisageError {
            throw error
        } catch {
            throw failure(nil, "\(error)")
        }
    }

    /// The user's values in place of the defaults. Keys that the defaults lack are unknown.
    private static func overlay(
        _ user: Node, onto defaults: Node, elements: Node, path: String,
        _ failure: (Int?, String) -> VisageError
    ) throws -> Node {
        if case .sequence(let items) = user, case .sequence = defaults {
            var merged: [Node] = []
            for item in items {
                merged.append(try overlay(item, onto: elements, elements: elements, path: path, failure))
            }
            return Node.sequence(Node.Sequence(merged))
        }
        let place = path.isEmpty ? "the file" : "`\(path.dropLast())`"
        if user.null != nil {
            if case .scalar = defaults {
                throw failure(user.mark?.line, "\(place) is empty; leave it out to have its default")
            }
            return defaults
        }
        guard case .mapping(var merged) = defaults else {
            switch (defaults, user) {
            case (.sequence, _): throw failure(user.mark?.line, "\(place) should be a list")
            case (_, .scalar), (_, .alias): return user
            default: throw failure(user.mark?.line, "\(place) should be one value")
            }
        }
        guard case .mapping(let given) = user else {
            throw failure(user.mark?.line, "\(place) should be keys and values")
        }
        // One without keys of its own takes any.
        guard !merged.isEmpty else { return user }
        for (key, value) in given {
            let name = key.string ?? "?"
            guard let known = merged[key] else {
                let names = merged.keys.compactMap(\.string).sorted().joined(separator: ", ")
                throw failure(key.mark?.line, "unknown key `\(path)\(name)`; the keys here are \(names)")
            }
            merged[key] = try overlay(value, onto: known, elements: elements, path: "\(path)\(name).", failure)
        }
        return .mapping(merged)
    }

    /// Yams' own words take several lines and name no file.
    private static func describe(_ error: YamlError, in text: String) -> (line: Int?, problem: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? "?"
            // Yams knows where the mapping begins; the second of its lines with this key is the one to look at.
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let own = lines.indices.filter {
                $0 + 1 >= context.mark.line && lines[$0].drop { $0 == " " || $0 == "-" }.hasPrefix("\(key):")
            }
            return (own.dropFirst().first.map { $0 + 1 } ?? context.mark.line, "`\(key)` is there twice")
        default:
            return (nil, "not YAML: " + "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    private static func describe(_ error: DecodingError) -> (path: [String], detail: String) {
        func names(_ path: [any CodingKey]) -> [String] { path.map { $0.intValue.map(String.init) ?? $0.stringValue } }
        return switch error {
        case .typeMismatch(let type, let context):
            (names(context.codingPath), "should be \(word(for: type))")
        case .dataCorrupted(let context):
            (names(context.codingPath), "has a value that it cannot have: \(context.debugDescription)")
        case .valueNotFound(let type, let context):
            (names(context.codingPath), "is empty; it should be \(word(for: type))")
        case .keyNotFound(let key, let context):
            (names(context.codingPath + [key]), "is missing")
        @unknown default:
            ([], "\(error)")
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

    /// The line of the deepest part of `path` that the document has.
    private static func line(of path: [String], in document: Node?) -> Int? {
        guard var node = document else { return nil }
        var line = node.mark?.line
        for key in path {
            let element = Int(key).flatMap { index in node.array().indices.contains(index) ? node.array()[index] : nil }
            guard let next = element ?? node[key] else { break }
            node = next
            line = next.mark?.line ?? line
        }
        return line
    }
}

extension Configuration {
    mutating func resolvePaths(against folder: URL) {
        func resolve(_ path: inout String) {
            guard !path.isEmpty, !path.hasPrefix("/") else { return }
            path = folder.appending(path: path).standardizedFileURL.path
        }
        resolve(&state)
        resolve(&gallery)
        resolve(&models)
        resolve(&events.socket)
        resolve(&frames.folder)
        resolve(&recording.folder)
        resolve(&unknown.folder)
        for index in cameras.indices {
            if !RTSPAddress.isOne(cameras[index].source) { resolve(&cameras[index].source) }
            resolve(&cameras[index].passwordFile)
        }
    }

    /// What no type can say: ranges, names, and values that do not go together.
    func problem() -> (path: [String], detail: String)? {
        if state.isEmpty { return (["state"], "is empty; the event log needs a folder") }
        if events.socket.isEmpty { return (["events", "socket"], "is empty; events need a socket") }
        if recording.enabled, recording.folder.isEmpty {
            return (["recording", "folder"], "is empty; set `enabled: false` to record nothing")
        }
        if cameras.isEmpty { return (["cameras"], "names no camera; add one with `name` and `source`") }
        for (index, camera) in cameras.enumerated() {
            let path = ["cameras", "\(index)"]
            if let (key, detail) = camera.problem() { return (path + [key], detail) }
            if cameras[..<index].contains(where: { $0.name == camera.name }) {
                return (path + ["name"], "is another camera's name already")
            }
        }
        var ranges: [([String], Double, ClosedRange<Double>)] = [
            (["events", "keep_days"], Double(events.keepDays), 1...36_500),
            (["events", "keep_mb"], Double(events.keepMB), 1...1_000_000),
            (["frames", "jpeg_quality"], Double(frames.jpegQuality), 1...100),
            (["recording", "segment_minutes"], recording.segmentMinutes, 0.05...1440),
            (["recording", "keep_days"], Double(recording.keepDays), 1...36_500),
            (["recording", "keep_mb"], Double(recording.keepMB), 1...100_000_000),
            (["recording", "crf"], Double(recording.crf), 0...51),
            (["detection", "input"], Double(detection.input), 64...2048),
            (["tracking", "confirm_after"], Double(tracking.confirmAfter), 1...100),
            (["tracking", "lost_after"], tracking.lostAfter, 0.1...3600),
            (["unknown", "remember_days"], Double(unknown.rememberDays), 1...36_500),
            (["unknown", "views_days"], Double(unknown.viewsDays), 0...36_500),
            (["unknown", "views"], Double(unknown.views), 1...100),
            (["unknown", "keep_mb"], Double(unknown.keepMB), 1...1_000_000),
            (["inference", "threads"], Double(inference.threads), 0...256),
        ]
        // 0 stands for what suits the detector.
        if detection.strongScore != 0 {
            ranges.append((["detection", "strong_score"], detection.strongScore, 0.05...1))
        }
        if detection.weakScore != 0 {
            ranges.append((["detection", "weak_score"], detection.weakScore, 0.05...detection.scores.strong))
        }
        for (path, value, range) in ranges where !range.contains(value) {
            return (path, "should lie between \(range.lowerBound.plain) and \(range.upperBound.plain)")
        }
        let presets = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
        if !presets.contains(recording.preset) {
            return (["recording", "preset"], "should be one of \(presets.joined(separator: ", "))")
        }
        if Logger.Level(rawValue: log.level) == nil {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            return (["log", "level"], "should be one of \(levels)")
        }
        return nil
    }
}

extension Double {
    /// Without a needless fraction.
    fileprivate var plain: String { self == rounded() ? String(Int(self)) : String(self) }
}
