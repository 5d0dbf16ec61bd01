import Events
import Foundation
import Publishing
import Recognition
import TestSupport
import Testing
import VisageCore

/// A daemon that is killed with -9 again and again, while it starts and while it runs, with a video file and a network
/// camera whose packets it copies.
final class KilledDaemon {
    private var told = ToldEvents()
    private let folder: ScratchFolder
    private var options: DaemonUnderTest.Options
    private let camera: RTSPCameraUnderTest
    private var random = SeededRandom(UInt64.random(in: 0...UInt64.max))
    /// The longest part of a recording that a kill has lost so far, in milliseconds, by camera.
    private(set) var losses: [String: Int] = [:]
    /// Kills before the daemon listened.
    private(set) var early = 0

    init(_ material: Material) async throws {
        folder = try ScratchFolder()
        camera = try await RTSPCameraUnderTest.start(material)
        options = .endless(material)
        options.cameras = [
            "{name: demo, source: \"\(material.cut)\", pace: realtime, loop: true, recording_mode: annotated}",
            "{name: door, source: \"\(camera.url())\"}",
        ]
        options.more += ["detection: {input: 320}"]
        options.recordingKeys = ["mode: copy"]
    }

    /// Starts it and kills it once.
    /// - Parameter early: before it listens, otherwise within three seconds after that
    func kill(early isEarly: Bool) async throws {
        let file = folder.file("visaged.yaml")
        try Data(options.configuration.utf8).write(to: file)
        let begun = MonotonicTime.now
        let program = try Program(Programs.visaged, ["--config", file.path])
        if isEarly {
            await letPass(.seconds(Double.random(in: 0..<2, using: &random)), since: begun)
            program.signal(SIGKILL)
            #expect(try await program.wait().exitCode == nil, "\(program.errors)")
            early += 1
            return
        }
        let socket = folder.file("events.sock").path
        var collectors: (events: EventCollector, frames: EventCollector)?
        #expect(
            await eventually {
                if let events = try? EventCollector(socket: socket, told.request),
                    let frames = try? EventCollector(socket: socket, EventRequest(types: ["frame"]))
                {
                    collectors = (events, frames)
                }
                return collectors != nil || program.hasEnded
            })
        let (events, frames) = try #require(collectors, "it does not start after a kill: \(program.errors)")
        await letPass(.seconds(Double.random(in: 0..<3, using: &random)))
        program.signal(SIGKILL)
        #expect(try await program.wait().exitCode == nil, "\(program.errors)")
        #expect(await eventually { events.hasEnded && frames.hasEnded })
        told.note(events)
        try await checkRecordings(frames)
    }

    /// What was told to be in a recording is there, except for the end.
    private func checkRecordings(_ frames: EventCollector) async throws {
        for name in ["demo", "door"] {
            guard let newest = frames.events.last(where: { $0.camera == name && $0.recording != nil })?.recording else {
                continue
            }
            let file = folder.file("recordings/\(name)/\(newest.file)").path
            let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int ?? 0
            let end = size == 0 ? 0 : (try? await Video.stamps(file))?.last ?? 0
            losses[name] = max(losses[name] ?? 0, newest.offsetMs - end)
        }
    }

    /// A last start.
    /// - Returns: how many events were told.
    func check() async throws -> Int {
        options.since = 0
        let daemon = try await DaemonUnderTest.start(options, in: folder)
        #expect(await eventually { daemon.collector.logged.last?.seq ?? 0 > told.last })
        daemon.program.signal(SIGTERM)
        #expect(try await daemon.program.wait().exitCode == 0)
        #expect(await eventually { daemon.collector.hasEnded })
        #expect(try told.check(against: daemon.collector) == 0, "every event that was told can be read")
        #expect(losses.values.allSatisfy { $0 <= 2_000 }, "\(losses)")
        return told.all.count
    }
}

extension SystemTests {
    /// Some of what `SoakKillTests` does.
    @Suite struct KilledDaemonTests {
        @Test func killedAtAnyMoment() async throws {
            let daemon = try await KilledDaemon(Material.get())
            for number in 0..<4 { try await daemon.kill(early: number % 4 == 2) }
            #expect(try await daemon.check() > 0)
        }
    }
}

extension SoakTests {
    /// Kills at random moments: `VISAGE_KILLS` of them, of the daemon and of each command.
    @Suite(.enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"))
    struct SoakKillTests {
        private static let kills = ProcessInfo.processInfo.environment["VISAGE_KILLS"].flatMap { Int($0) } ?? 250

        @Test func daemon() async throws {
            let daemon = try await KilledDaemon(Material.get())
            for number in 0..<Self.kills { try await daemon.kill(early: number % 4 == 2) }
            let told = try await daemon.check()
            print(
                "\(Self.kills) kills of the daemon, \(daemon.early) of them in its start: \(told) events, each read again; "
                    + "lost of recordings, ms: \(daemon.losses)")
        }

        /// Several kills in a row hit what is left of the ones before.
        @Test(arguments: ["train", "label", "forget"]) func command(_ name: String) async throws {
            let home = try await CommandHome()
            for place in [home.seed, home.disk] where name != "train" {
                try FileManager.default.removeItem(at: place.appending(path: "faces/Ada"))
            }
            let old = ["Barack Obama", "Joe Biden"]
            let (gallery, faces) = (home.disk.appending(path: "gallery"), home.disk.appending(path: "faces"))
            let (words, new): ([String], [String]) =
                switch name {
                case "train": (["train", faces.path, "--output", gallery.path], ["Ada"] + old)
                case "label": (["label", home.ids[0], "Ann", "--config", home.config], ["Ann"] + old)
                default:
                    (["forget", "Barack Obama", "--yes", "--events", "--config", home.config], ["Joe Biden"])
                }
            let begun = MonotonicTime.now
            try #require(try await Program.run(Programs.visage, words).exitCode == 0)
            let duration = MonotonicTime.now - begun
            let content = CommandHome.Content(disk: home.disk)
            var results = [0, 0]
            for number in 0..<Self.kills {
                if number % 5 == 0 { try await home.restore() }
                let program = try Program(Programs.visage, words)
                await letPass(duration * Double.random(in: 0..<1))
                program.signal(SIGKILL)
                _ = try await program.wait()
                let people = try content.gallery("gallery").people
                #expect(people == old || people == new, "\(people)")
                results[people == new ? 1 : 0] += 1
                guard number % 5 == 4 || number == Self.kills - 1 else { continue }
                let next = try await Program.run(Programs.visage, words)
                #expect(next.exitCode == 0 || next.errors.contains("There is no"), "\(next)")
                #expect(try content.gallery("gallery").people == new)
                let left = content.files(under: ".").filter {
                    $0.path.contains("/.visage-") || $0.path.contains(".new-")
                }
                #expect(left.isEmpty, "\(left)")
                if name == "forget" { #expect(content.files(with: "Barack Obama").isEmpty) }
                if name == "label" { #expect(content.files(under: "state/unknown/\(home.ids[0])").isEmpty) }
            }
            print("\(Self.kills) kills of \(name): \(results[0]) left the old gallery, \(results[1]) the new one")
        }
    }
}
