import Foundation
import TestSupport
import Testing
import VisageConfiguration
import Yams

/// What `visaged --print-config` prints.
@Suite struct EffectiveConfigurationTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func load(_ text: String) throws -> Configuration {
        let file = scratch.file("visaged.yaml")
        try Data(text.utf8).write(to: file)
        return try ConfigurationFile.load(file)
    }

    @Test func hasEveryKeyAndReadsBackAsTheSame() throws {
        let configuration = try load(
            """
            state: state
            cameras:
              - {name: "007", source: /dev/video0, fps: 29.97, controls: {gain: 20, "on": 1}}
              - {name: yard, source: clip.mp4, pace: fast, loop: true}
            recording: {segment_minutes: 0.5}
            tracking: {lost_after: 1e-1}
            log: {level: debug}
            """)
        let text = try configuration.yaml()
        #expect(try load(text) == configuration, "\(text)")
        for line in ["state: \(scratch.file("state").path)", "  fps: 29.97", "  lost_after: 0.1", "  keep_days: 30"] {
            #expect(text.split(separator: "\n").contains(Substring(line)), "\(line) in\n\(text)")
        }
        #expect(text.contains("  controls:\n    gain: 20\n    on: 1\n"), "in the same order at every run")
        #expect(!text.contains("#"), "nothing is left out")
    }

    @Test func hasTheKeysInTheOrderOfTheExample() throws {
        let example = Workspace.folder.appending(path: "systemd/visaged.yaml")
        func keys(_ text: String) -> [String] {
            text.split(separator: "\n").map { $0.drop { " -".contains($0) } }
                .filter { !$0.hasPrefix("#") && $0.contains(":") }.map { String($0.prefix { $0 != ":" }) }
        }
        let printed = try ConfigurationFile.load(example).yaml()
        #expect(keys(printed) == keys(try String(contentsOf: example, encoding: .utf8)))
    }

    @Test func hasNoCredentials() throws {
        let text = try load(
            """
            cameras:
              - {name: door, source: "rtsp://joe:s3cret@10.0.0.7:8554/stream?token=t0ken"}
              - {name: yard, source: "rtsp://mary@10.0.0.8/stream", password_file: yard.password}
              - {name: hall, source: "rtsp://10.0.0.9/stream"}
            """
        ).yaml()
        for secret in ["joe", "s3cret", "t0ken", "mary"] { #expect(!text.contains(secret), "\(secret) in\n\(text)") }
        #expect(text.contains("10.0.0.7:8554/stream") && text.contains("rtsp://10.0.0.9/stream"))
        #expect(text.hasPrefix("# Left out here: users and passwords in the sources of door, yard.\n"))
        #expect(text.contains("password_file: \(scratch.file("yard.password").path)"), "where it is, is no secret")
        _ = try load(text)
    }
}
