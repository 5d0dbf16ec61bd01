import Foundation
import TestSupport
import Testing

/// A real Home Assistant beside a broker; `make homeassistant` installs it.
struct HomeAssistantUnderTest {
    private static let place = Workspace.folder.appending(path: ".vendor/homeassistant")

    /// The versions that are installed.
    static let versions: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []).filter {
            access(place.appending(path: "\($0)/.ready").path, F_OK) == 0
        }.sorted()
    static let hint: String = {
        let reason = try? String(contentsOf: place.appending(path: "problem"), encoding: .utf8)
        return "Home Assistant is not installed: "
            + (reason?.split(separator: "\n").last.map(String.init) ?? "run `make homeassistant`")
    }()

    struct State: Decodable {
        enum Attribute: Decodable {
            case text(String)
            case other

            init(from decoder: any Decoder) throws {
                self = (try? decoder.singleValueContainer().decode(String.self)).map { .text($0) } ?? .other
            }
        }

        let entity: String
        let state: String
        let attributes: [String: Attribute]

        enum CodingKeys: String, CodingKey {
            case entity = "entity_id"
            case state, attributes
        }

        func says(_ attribute: String, _ value: String) -> Bool {
            if case .text(value)? = attributes[attribute] { true } else { false }
        }
    }

    let program: Program
    private let version: String
    private let folder: URL

    /// Starts it and waits until it listens to the broker.
    static func start(_ version: String, broker: BrokerUnderTest, in scratch: ScratchFolder) async throws -> Self {
        let folder = scratch.file("home-assistant")
        let port = try WebServerUnderTest.freePort()
        let program = try Program(python(version), [script, "run", folder.path, "\(port)", "\(broker.port)"])
        let found = HomeAssistantUnderTest(program: program, version: version, folder: folder)
        _ = await eventually(within: machineTimeout) { program.hasEnded || program.output.contains("ready") }
        try #require(!program.hasEnded, "\(program.errors)")
        return found
    }

    private static let script = Workspace.folder.appending(path: "Tests/HomeAssistant/home_assistant.py").path
    private static func python(_ version: String) -> String { place.appending(path: "\(version)/bin/python").path }

    func ask(_ command: String, _ words: String...) async throws -> Program.Outcome {
        try await Program.run(Self.python(version), [Self.script, command, folder.path] + words)
    }

    /// A question whose answer comes later.
    func begin(_ command: String, _ words: String...) throws -> Program {
        try Program(Self.python(version), [Self.script, command, folder.path] + words)
    }

    /// Of the entities of Visage, by their ids.
    func states() async throws -> [String: State] {
        let outcome = try await ask("states")
        try #require(outcome.exitCode == 0, "\(outcome)")
        let states = try JSONDecoder().decode([State].self, from: Data(outcome.output.utf8))
        return Dictionary(
            uniqueKeysWithValues: states.filter { $0.entity.contains(".visage_") }.map { ($0.entity, $0) })
    }

    /// What it has to complain of, but for what it says of any such installation.
    var complaints: [String] {
        let log = (try? String(contentsOf: folder.appending(path: "config/home-assistant.log"), encoding: .utf8)) ?? ""
        let usual = [
            "Skipping pip installation", "Support for the running Python version", "zlib_ng and isal are not available",
        ]
        return log.split(separator: "\n").map(String.init).filter { line in
            (line.contains(" WARNING ") || line.contains(" ERROR ")) && !usual.contains { line.contains($0) }
        }
    }
}
