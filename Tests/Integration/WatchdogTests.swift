import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// What systemd is told; that it acts on it is tested under a real one.
    @Suite struct WatchdogTests {
        private let folder: ScratchFolder
        private let material: Material
        private let manager: NotifySocket

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
            manager = try NotifySocket(in: folder)
        }

        private func start(_ program: String, _ words: [String], source: String) throws -> Program {
            var options = DaemonUnderTest.Options.endless(material)
            (options.source, options.pace) = (source, "realtime")
            let file = folder.file("visaged.yaml")
            try Data(options.configuration.utf8).write(to: file)
            let settings = ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=2000000"] + words
            return try Program("env", settings + [program, "--config", file.path])
        }

        @Test func aDaemonThatWorksSaysSoAndWhatItDoes() async throws {
            let daemon = try start(Programs.visaged, [], source: material.cut)
            #expect(await eventually { manager.signsOfLife >= 4 })
            #expect(manager.lines.first == "READY=1")
            #expect(await eventually { manager.lines.contains { $0.hasPrefix("STATUS=1 of 1 cameras up") } })
            daemon.signal(SIGHUP)
            #expect(await eventually { manager.lines.count { $0 == "READY=1" } == 2 })
            let reloading = try #require(manager.lines.firstIndex(of: "RELOADING=1"))
            #expect(try #require(manager.lines.lastIndex(of: "READY=1")) > reloading)
            daemon.signal(SIGTERM)
            let outcome = try await daemon.wait()
            #expect(outcome.exitCode == 0 && outcome.loggedErrors.isEmpty, "\(outcome)")
            #expect(await eventually { manager.lines.last == "STOPPING=1" })
        }

        @Test func anAbsentCameraIsNoReasonToRestart() async throws {
            let daemon = try start(Programs.visaged, [], source: "rtsp://127.0.0.1:1/nobody")
            #expect(
                await eventually {
                    manager.lines.contains { $0.contains("0 of 1 cameras up, demo: the camera refuses the connection") }
                }, "\(manager.lines)")
            let before = manager.signsOfLife
            #expect(await eventually { manager.signsOfLife > before + 8 }, "it goes on")
            daemon.signal(SIGTERM)
            let outcome = try await daemon.wait()
            #expect(outcome.exitCode == 0 && outcome.loggedErrors.isEmpty, "\(outcome)")
        }

        /// The other parts are made to hang under a real systemd.
        @Test(arguments: ["camera"]) func whatHangsFallsSilent(_ part: String) async throws {
            let marker = folder.file("hang")
            let daemon = try start(
                Programs.visagedHanging, ["VISAGE_HANG=\(part)", "VISAGE_HANG_MARKER=\(marker.path)"],
                source: material.cut)
            #expect(await eventually { manager.signsOfLife >= 4 }, "\(daemon.errors)")
            #expect(FileManager.default.createFile(atPath: marker.path, contents: nil))
            // Ten signs should have come in that time.
            #expect(
                await eventually { manager.silence > .seconds(5) && daemon.errors.contains("Something hangs") },
                "\(daemon.errors)")
        }
    }
}
