import Foundation
import Recognition
import TestSupport
import Testing

/// What `Tests/Faults/power_cut.py` found after the power of a daemon's disk was cut.
struct PowerCuts: Decodable {
    /// Of the recordings at each cut.
    let losses: [Int]
    /// Of the events that had been sent, at each cut.
    let missing: [Int]
    let sent: Int
    /// Of the starts after some of the cuts.
    let problems: [String]

    enum CodingKeys: String, CodingKey {
        case losses = "losses_ms"
        case missing = "missing_events"
        case sent, problems
    }

    /// Runs a script in a mount namespace of its own.
    /// - Returns: the last line of its output; nil if a program is missing here.
    static func run(_ script: String, _ arguments: [String]) async throws -> Data? {
        let path = Workspace.folder.appending(path: "Tests/Faults/\(script)").path
        let program = try Program("unshare", ["--mount", "/usr/bin/python3", path] + arguments)
        _ = await eventually(within: machineTimeout * 3) { program.hasEnded }
        let outcome = try await program.wait()
        if outcome.exitCode == 77 {
            print("skipped: \(outcome.output)")
            return nil
        }
        return Data(try #require(outcome.output.split(separator: "\n").last, "\(outcome)").utf8)
    }

    /// Cuts the power of a daemon's disk, and checks what is left.
    static func cutDaemon(_ source: String, _ system: String, mode: String, count: Int) async throws {
        let folder = try ScratchFolder()
        let words = [Programs.visaged, source, system, "\(count)", folder.url.path, mode]
        guard let line = try await run("power_cut.py", words) else { return }
        let cuts = try JSONDecoder().decode(PowerCuts.self, from: line)
        print(
            "\(system), \(mode): \(count) cuts lose at most \(cuts.losses.max() ?? -1) ms of a recording and "
                + "\(cuts.missing.reduce(0, +)) of the up to \(cuts.sent) events that were sent")
        #expect(cuts.losses.count == count && cuts.losses.allSatisfy { $0 <= 2000 }, "\(cuts)")
        #expect(cuts.missing.count == count && cuts.missing.allSatisfy { $0 == 0 }, "\(cuts)")
        #expect(cuts.sent > 0 && cuts.problems.isEmpty, "\(cuts.problems)")
    }

    /// Cuts the power of the disk that a command works on, and checks what is left: the gallery from before or the new one,
    /// and the new one once the command has said that it is done.
    static func cutCommand(_ name: String, _ system: String, count: Int) async throws {
        let home = try await CommandHome()
        for place in [home.seed, home.disk] where name != "train" {
            try FileManager.default.removeItem(at: place.appending(path: "faces/Ada"))
        }
        let old = ["Barack Obama", "Joe Biden"]
        let (gallery, faces) = (home.disk.appending(path: "gallery").path, home.disk.appending(path: "faces").path)
        let (words, new): ([String], [String]) =
            switch name {
            case "train": (["train", faces, "--output", gallery], ["Ada"] + old)
            case "label": (["label", home.ids[0], "Ann", "--config", home.config], ["Ann"] + old)
            default: (["forget", "Barack Obama", "--yes", "--events", "--config", home.config], ["Joe Biden"])
            }
        let folder = home.folder.file("cuts")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let arguments = [system, "\(count)", folder.path, home.seed.path, home.disk.path, Programs.visage] + words
        guard let line = try await run("power_cut_commands.py", arguments) else { return }
        let wasDone = try JSONDecoder().decode([Bool].self, from: line)
        #expect(wasDone.count >= count)
        var results = [0, 0]
        for (number, isDone) in wasDone.enumerated() {
            let content = CommandHome.Content(disk: folder.appending(path: "after-\(number)"))
            let people = try content.gallery("gallery").people
            #expect(people == new || !isDone && people == old, "\(system), cut \(number) of \(name): \(people)")
            results[people == new ? 1 : 0] += 1
            guard isDone else { continue }
            if name == "forget" { #expect(content.files(with: "Barack Obama").isEmpty) }
            if name == "label" {
                #expect(content.files(under: "state/unknown/\(home.ids[0])").isEmpty)
                #expect(!content.files(under: "faces/Ann").isEmpty)
            }
        }
        print(
            "\(system), \(name): of \(wasDone.count) cuts \(results[0]) left the old gallery, \(results[1]) the new one; "
                + "\(wasDone.count(where: \.self)) came after its end, which all left the new one")
    }
}

extension SystemTests {
    /// Some of what `SoakPowerCutTests` does.
    @Suite(.enabled(if: geteuid() == 0, "only root can mount")) struct DaemonPowerCutTests {
        @Test(arguments: ["ext4", "xfs", "btrfs"]) func aDaemon(system: String) async throws {
            try await PowerCuts.cutDaemon(Workspace.clip.path, system, mode: "annotated", count: 8)
        }

        @Test func aDaemonThatCopies() async throws {
            let camera = try await RTSPCameraUnderTest.start(Material.get())
            try await PowerCuts.cutDaemon(camera.url(), "ext4", mode: "copy", count: 8)
        }

        @Test(arguments: ["train", "label", "forget"]) func aCommand(name: String) async throws {
            try await PowerCuts.cutCommand(name, "btrfs", count: 6)
        }
    }
}

extension SoakTests {
    /// The power goes at random moments: `VISAGE_CUTS` times for each file system, program and mode.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"),
        .enabled(if: geteuid() == 0, "only root can mount"))
    struct SoakPowerCutTests {
        private static let cuts = ProcessInfo.processInfo.environment["VISAGE_CUTS"].flatMap { Int($0) } ?? 200

        @Test(arguments: ["ext4", "btrfs"], ["annotated", "copy"]) func aDaemon(system: String, mode: String)
            async throws
        {
            let camera = try await RTSPCameraUnderTest.start(Material.get())
            let source = mode == "copy" ? camera.url() : Workspace.clip.path
            try await PowerCuts.cutDaemon(source, system, mode: mode, count: Self.cuts)
        }

        @Test(arguments: ["ext4", "btrfs"], ["train", "label", "forget"])
        func aCommand(system: String, name: String) async throws {
            try await PowerCuts.cutCommand(name, system, count: (Self.cuts + 2) / 3)
        }
    }
}
