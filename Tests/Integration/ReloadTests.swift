import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// SIGHUP: what is good takes force, what is not is refused, and a camera that stays the same does not notice.
    @Suite struct ReloadTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func reload(_ daemon: DaemonUnderTest, _ configuration: String) async throws -> Bool {
            try Data(configuration.utf8).write(to: folder.file("visaged.yaml"))
            return await reload(daemon)
        }

        /// - Returns: whether it was taken; waits until that is known.
        private func reload(_ daemon: DaemonUnderTest) async -> Bool {
            func count(_ text: String) -> Int { daemon.program.errors.components(separatedBy: text).count }
            let (taken, refused) = (count("were read again"), count("Not reloaded"))
            daemon.program.signal(SIGHUP)
            #expect(await eventually { count("were read again") > taken || count("Not reloaded") > refused })
            return count("were read again") > taken
        }

        private func cameras(_ daemon: DaemonUnderTest) async throws -> [String] {
            let status = try object(try await visage("status", "--socket", daemon.socket, "--json").output)
            return try #require(status["cameras"] as? [String])
        }

        @Test func camerasComeAndGoAndTheOthersDoNotBlink() async throws {
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .identified } })
            let second = "  - {name: second, source: \"\(material.cut)\", pace: realtime, loop: true}\n"
            let both = options.configuration.replacing("tracking:", with: second + "tracking:")
            #expect(both != options.configuration)

            #expect(try await reload(daemon, both))
            #expect(try await cameras(daemon) == ["demo", "second"])
            #expect(await eventually { daemon.collector.logged.contains { $0.camera == "second" && $0.name != nil } })
            let socket = folder.file("second.frames.sock").path
            #expect(FileManager.default.fileExists(atPath: socket))

            #expect(try await reload(daemon, options.configuration))
            #expect(try await cameras(daemon) == ["demo"])
            #expect(!FileManager.default.fileExists(atPath: socket))
            let gone = daemon.collector.logged.filter { $0.camera == "second" }
            #expect(gone.last?.type == .sourceDown && gone.last?.reason == "stopped")

            let logged = try await daemon.stop()
            #expect(logged.filter { $0.camera == "demo" && $0.type == .sourceUp }.count == 1, "it never blinked")
            let tracks = Dictionary(grouping: logged.filter { $0.track != nil }, by: \.track)
            for (track, events) in tracks {
                #expect(Set(events.map(\.camera)).count == 1, "track \(track ?? 0) is one camera's alone")
            }
        }

        @Test func whatIsWrongIsRefusedWithTheReason() async throws {
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let good = options.configuration
            let wrong = [
                (good + "bogus: 1\n", "line 9: unknown key `bogus`"),
                (good.replacing("pace: realtime", with: "pace: slow"), "pace"),
                (good.replacing(options.source, with: "/no/such/clip.mp4"), "There is no file /no/such/clip.mp4"),
                (good.replacing("frames: {folder: \".\"}", with: "frames: [1]"), "frames"),
            ]
            for (bad, reason) in wrong {
                #expect(bad != good)
                #expect(try await reload(daemon, bad) == false, "\(bad)")
                #expect(daemon.program.errors.contains(reason), "\(reason) in \(daemon.program.errors)")
            }
            try FileManager.default.removeItem(at: folder.file("visaged.yaml"))
            #expect(await reload(daemon) == false)
            #expect(try await cameras(daemon) == ["demo"])
            #expect(try await reload(daemon, good))
            let logged = try await daemon.stop(expecting: ["Not reloaded"])
            // Each refusal is an error in the log: were its format another, no test would see errors any more.
            let refusals = try await daemon.program.wait().loggedErrors.count { $0.contains("Not reloaded") }
            #expect(refusals == wrong.count + 1)
            #expect(logged.filter { $0.type == .sourceUp }.count == 1, "it never blinked")
        }

        @Test func aGalleryIsTakenWhenItChangesAndKeptWhenItGoes() async throws {
            let gallery = folder.file("gallery")
            var options = DaemonUnderTest.Options.endless(material)
            options.gallery = gallery.path
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .unknown } })
            #expect(!daemon.collector.logged.contains { $0.name != nil })

            try FileManager.default.copyItem(atPath: material.gallery, toPath: gallery.path)
            #expect(await eventually { daemon.collector.logged.contains { $0.name == "Barack Obama" } })

            // A damaged one is no reason to forget everybody, and neither is none.
            try Data("{}".utf8).write(to: gallery.appending(path: "gallery.json"))
            #expect(await eventually { daemon.program.errors.contains("The changed gallery is not used") })
            try FileManager.default.removeItem(at: gallery)
            #expect(await reload(daemon))
            #expect(await eventually { daemon.program.errors.contains("the one that was read before stays in force") })
            let status = try object(try await visage("status", "--socket", daemon.socket, "--json").output)
            let inForce = (status["status"] as? [String: Any])?["gallery"] as? [String: Any]
            #expect(inForce?["people"] as? Int == 2, "\(status)")
            // Several turns of the clip later nobody has lost a name.
            let seen = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.count > seen + 12 })
            #expect(!daemon.collector.logged.dropFirst(seen).contains { $0.from?.name != nil })
            daemon.program.signal(SIGTERM)
            try await daemon.exit(expecting: ["The changed gallery is not used"])
        }
    }
}
