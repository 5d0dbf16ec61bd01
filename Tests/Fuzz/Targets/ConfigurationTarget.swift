import Foundation
import TestSupport
import VisageConfiguration
import VisageCore

/// `visaged.yaml`.
struct ConfigurationTarget: FuzzTarget {
    static let name = "configuration"

    static func seeds() throws -> [[UInt8]] {
        let minimal = """
            cameras:
              - name: door
                source: rtsp://ann:secret@10.0.0.1:554/live?token=1
                transport: tcp
              - {name: yard, source: /dev/video0, width: 640, controls: {brightness: 12}}
            unknown: {views: 3}
            events: {socket: "events.sock"}
            log: {level: debug}

            """
        // Each default that the program knows is a key to change.
        var configuration = Configuration()
        var camera = Configuration.Camera()
        (camera.name, camera.source) = ("door", "/dev/video0")
        configuration.cameras = [camera]
        return [Array(minimal.utf8), Array(try configuration.yaml().utf8), Array("a: &b [*b]\n".utf8)]
    }

    private let scratch: ScratchFolder
    private var file: URL { scratch.file("visaged.yaml") }

    init() throws { scratch = try ScratchFolder() }

    func run(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: file)
        let configuration = try ConfigurationFile.load(file)
        // What `visaged --print-configuration` writes can be read again and says the same.
        let text = try configuration.yaml()
        try Data(text.utf8).write(to: file)
        let again: Configuration
        do { again = try ConfigurationFile.load(file) } catch { Invariant.broken("\(error) in \(text)") }
        let written = try again.yaml()
        Invariant.require(written == withoutComments(text), "the configuration changes when it is written")
    }

    private func withoutComments(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }
            .joined(separator: "\n")
    }
}
