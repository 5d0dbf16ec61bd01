import Foundation
import TestSupport
import Testing
import VisageConfiguration

/// The configurations in `examples/`.
@Suite struct ExamplesTests {
    private func load(_ name: String) throws -> Configuration {
        try ConfigurationFile.load(Workspace.folder.appending(path: "examples/\(name)"))
    }

    @Test func everyConfigurationCanBeUsed() throws {
        let folder = Workspace.folder.appending(path: "examples")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(Set(names) == ["webcam-only.yaml", "three-cameras.yaml"])
        for name in names { _ = try load(name) }
    }

    @Test func theWebcamOnlyConfigurationStoresNoImages() throws {
        let configuration = try load("webcam-only.yaml")
        #expect(configuration.cameras.map(\.source) == ["/dev/video0"])
        #expect(!configuration.recording.enabled && configuration.unknown.viewsDays == 0)
    }

    /// The drop-in has to allow the folder and to bring the password that the configuration refers to.
    @Test func theDropInSuitsTheConfigurationOfThreeCameras() throws {
        let configuration = try load("three-cameras.yaml")
        #expect(configuration.cameras.count == 3)
        let text = try String(contentsOf: Workspace.folder.appending(path: "examples/visaged.conf"), encoding: .utf8)
        let settings = text.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("=") }
        let credentials = configuration.cameras.map(\.passwordCredential).filter { !$0.isEmpty }
        #expect(credentials == ["yard"])
        for name in credentials { #expect(settings.contains { $0.hasPrefix("LoadCredential=\(name):") }) }
        for key in ["ReadWritePaths", "NoExecPaths"] {
            let folder = settings.first { $0.hasPrefix("\(key)=") }?.dropFirst(key.count + 1)
            #expect(folder.map { configuration.recording.folder.hasPrefix("\($0)/") } == true, "\(key)")
        }
    }
}
