import Foundation
import TestSupport
import Testing
import VisageConfiguration
import Yams

/// `systemd/visaged.yaml`, the example that ships, against the code.
@Suite struct ExampleConfigurationTests {
    private let file = Workspace.folder.appending(path: "systemd/visaged.yaml")

    /// Every key with the path to it, and lists as one camera.
    private func keys(_ node: Node?, _ path: String = "") -> Set<String> {
        switch node {
        case .mapping(let mapping)?:
            mapping.reduce(into: []) { keys, pair in
                let name = path + (pair.key.string ?? "?")
                keys.insert(name)
                keys.formUnion(self.keys(pair.value, name + "."))
            }
        case .sequence(let items)?: items.reduce(into: []) { $0.formUnion(keys($1, path)) }
        default: []
        }
    }

    @Test func hasExactlyTheKeysOfTheCode() throws {
        var configuration = Configuration()
        configuration.cameras = [Configuration.Camera()]
        let code = keys(try Yams.compose(yaml: YAMLEncoder().encode(configuration)))
        let example = keys(try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)))
        #expect(code.contains("cameras.pace") && code.contains("recording.segment_minutes"))
        #expect(example.subtracting(code) == [], "keys that the code does not know")
        #expect(code.subtracting(example) == [], "keys that the example does not show")
    }

    @Test func hasTheDefaultsOfTheCode() throws {
        var configuration = try ConfigurationFile.load(file)
        let camera = try #require(configuration.cameras.first)
        #expect(configuration.cameras.count == 1)
        var expected = Configuration.Camera()
        (expected.name, expected.source) = (camera.name, camera.source)
        #expect(camera == expected)
        configuration.cameras = []
        #expect(configuration == Configuration())
    }

    /// The comment of each key that has a range says which; here the code is asked whether it sees it the same way.
    @Test func theRangesInTheCommentsAreThoseOfTheCode() throws {
        let scratch = try ScratchFolder()
        let changed = scratch.file("visaged.yaml")
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        var (comment, checked) = ("", 0)
        for (index, line) in lines.enumerated() {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("#") {
                comment += text.dropFirst()
                continue
            }
            defer { comment = "" }
            guard let colon = line.firstIndex(of: ":"),
                let range = comment.firstMatch(of: #/([0-9.]*[0-9]) to ([0-9]+)/#),
                let low = Double(range.1), let high = Double(range.2)
            else { continue }
            checked += 1
            func plain(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }
            let values = [
                (plain(low), true), (plain(high), true), (plain(low - 1), false), (plain(high + 1), false),
            ]
            for (value, isGood) in values {
                var copy = lines
                copy[index] = line[...colon] + " " + value
                try Data(copy.joined(separator: "\n").utf8).write(to: changed)
                let isAccepted = (try? ConfigurationFile.load(changed)) != nil
                #expect(isAccepted == isGood, "\(text.prefix { $0 != ":" }): \(value)")
            }
        }
        #expect(checked == 26, "keys whose comment has a range of numbers")
    }

    @Test func everyKeyHasAComment() throws {
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = line.trimmingCharacters(in: .whitespaces)
            // A heading's keys explain it.
            guard !text.isEmpty, !text.hasPrefix("#"), !text.hasSuffix(":") else { continue }
            #expect(
                lines[index - 1].trimmingCharacters(in: .whitespaces).hasPrefix("#"),
                "line \(index + 1): \(text)")
        }
    }
}
