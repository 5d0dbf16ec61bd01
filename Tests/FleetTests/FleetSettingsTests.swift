import Events
import Fleet
import Foundation
import TestSupport
import Testing
import VisageConfiguration
import VisageCore

@Suite struct FleetSettingsTests {
    private func settings(_ change: (inout Configuration.Fleet) -> Void) throws -> FleetSettings {
        var configuration = Configuration()
        configuration.fleet.servers = ["tls://broker.example:4222", "tls://[::1]:4223"]
        change(&configuration.fleet)
        return try FleetSettings(configuration)
    }

    @Test func thereIsNoFleetWithoutABroker() {
        let error = #expect(throws: VisageError.self) { try settings { $0.servers = [] } }
        #expect(error?.exitCode == 78)
    }

    @Test func theNameOfTheHostBecomesThatOfTheMachine() throws {
        #expect(Configuration.Fleet.machineName("Front_Door.example.org") == "front-door")
        #expect(Configuration.Fleet.machineName("--x") == "x")
        #expect(Configuration.Fleet.machineName(String(repeating: "a", count: 50)).count == 32)
        #expect(try settings { $0.machine = "barn" }.machine == "barn")
    }

    @Test func aKeyThatCannotBeUsedIsNamedAndNotShown() throws {
        let folder = try ScratchFolder()
        let missing = try settings { ($0.machine, $0.credentials) = ("barn", folder.file("none").path) }
        let gone = #expect(throws: VisageError.self) { try missing.check() }
        #expect("\(gone as Any)".contains("fleet.credentials") && gone?.exitCode == 78)
        let key = NKey().seed
        try Data((key.dropLast(3) + "AAA\n").utf8).write(to: folder.file("bad"))
        let bad = try settings { ($0.machine, $0.credentials) = ("barn", folder.file("bad").path) }
        let error = #expect(throws: VisageError.self) { try bad.check() }
        #expect("\(error as Any)".contains("no key of a machine") && !"\(error as Any)".contains(key.prefix(20)))
        try Data((key + "\n").utf8).write(to: folder.file("good"))
        try settings { ($0.machine, $0.credentials) = ("barn", folder.file("good").path) }.check()
    }

    @Test func requestsAreChecked() throws {
        let request = try FleetRequest.parse(Array(#"{"since": {"barn": 12}, "types": ["face.lost"]}"#.utf8))
        #expect(request.since == .places(["barn": 12]) && request.types == ["face.lost"])
        #expect(try FleetRequest.parse(Array(#"{"since": 0}"#.utf8)).since == .everything)
        for text in ["", "[]", #"{"since": 5}"#, #"{"since": {"a": -1}}"#, #"{"sinse": 0}"#, #"{"types": ["x"]}"#] {
            #expect(throws: VisageError.self, "\(text)") { try FleetRequest.parse(Array(text.utf8)) }
        }
    }

    @Test func onlyWhatADaemonWritesBecomesAnEvent() throws {
        let line = try Event(.sourceUp, time: Date(), camera: "door").line()
        let event = try #require(FleetEvent(Data(line.utf8), machine: "barn", position: 7))
        #expect(event.line == #"{"machine":"barn","position":7,"# + line.dropFirst())
        for text in [
            "", "{", "x", #"{"type":1}"#, #"{"type":"gap","machine":"house"}"#, #"{"type":"gap","position":1}"#, "[1]",
            "{\"type\":\"gap\",\"a\":\"" + String(repeating: "x", count: 70_000) + "\"}",
        ] {
            #expect(FleetEvent(Data(text.utf8), machine: "barn", position: 7) == nil, "\(text.prefix(40))")
        }
        let newer = try #require(FleetEvent(Data(#"{"type":"later","a":"\u001b"}"#.utf8), machine: "b", position: 1))
        #expect(newer.type == nil)
    }

    @Test func aMachineSpeaksForItselfOnly() throws {
        let status = MachineStatus(machine: "barn", number: 2, time: "t", version: "1")
        let data = try JSONEncoder().encode(status)
        #expect(MachineStatus.read(data, of: "barn") == status)
        #expect(MachineStatus.read(data, of: "house") == nil)
        #expect(MachineStatus.read(Data(repeating: 32, count: 100_000), of: "barn") == nil)
    }
}
