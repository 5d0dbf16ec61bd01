import Daemon
import Foundation
import TestSupport
import Testing
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
