import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Cameras that send what no camera sends: each is down with a reason, the daemon stays small, and its neighbor goes on.
    @Suite struct HostileCameraTests {
        private let material: Material
        private let folder: ScratchFolder
        private let good: RTSPCameraUnderTest

        init() async throws {
            material = try Material.get()
            folder = try ScratchFolder()
            good = try await RTSPCameraUnderTest.start(material)
        }

        private func start(
            _ hostile: String, keys: String = "", recording: [String] = []
        ) async throws -> DaemonUnderTest {
            var options = DaemonUnderTest.Options(material)
            options.recordingKeys = recording
            options.cameras = [
                "{name: good, source: \"\(good.url())\"}", "{name: hostile, source: \"\(hostile)\"\(keys)}",
            ]
            return try await DaemonUnderTest.start(options, in: folder)
        }

        /// Waits for the reason, and sees that all else is well.
        private func expect(_ reason: String, of daemon: DaemonUnderTest) async throws {
            #expect(
                await eventually {
                    daemon.collector.events.contains {
                        $0.type == .sourceDown && $0.camera == "hostile"
                            && (reason.isEmpty || $0.reason?.contains(reason) == true)
                    }
                }, "\(daemon.program.errors)")
            #expect(
                await eventually {
                    daemon.collector.events.contains { $0.camera == "good" && $0.name == "Barack Obama" }
                })
            #expect(CaptureProcesses(daemon: daemon.program.pid).totalMB < 900)
            #expect(!daemon.collector.events.contains { $0.type == .sourceDown && $0.camera == "good" })
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
        }

        @Test(arguments: [
            ("length", 2_100_000_000, "makes no sense"), ("tracks", 200_000, ""),
            ("headers", 0, "makes no sense"),
            ("redirect", 0, ""), ("novideo", 0, "offers no video"), ("vp8", 0, "which is not accepted"),
            ("silent", 0, "nothing has come for"), ("garbage", 0, "has ended the stream"),
        ])
        func lies(_ mode: String, _ bytes: Int, _ reason: String) async throws {
            let camera = try await HostileCamera.start(mode, "--bytes", "\(bytes)")
            try await expect(reason, of: start("rtsp://127.0.0.1:\(camera.port)/x"))
        }

        /// The daemon takes their packets, too.
        @Test(arguments: [
            ("vp8", 0, "which is not accepted"), ("silent", 0, "nothing has come for"),
            ("garbage", 0, "has ended the stream"), ("endless", 0, ""),
        ])
        func liesToADaemonThatCopies(_ mode: String, _ bytes: Int, _ reason: String) async throws {
            let camera = try await HostileCamera.start(mode, "--bytes", "\(bytes)")
            let url = "rtsp://127.0.0.1:\(camera.port)/x"
            try await expect(reason, of: start(url, recording: ["mode: copy"]))
            #expect(recordings("hostile").isEmpty && !recordings("good").isEmpty)
        }

        private func recordings(_ camera: String) -> [String] {
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.file("recordings/\(camera)").path)
            return (names ?? []).filter { $0.hasSuffix(".mp4") }
        }

        /// Each picture could begin a file.
        @Test func timesThatJumpDoNotFillTheFolder() async throws {
            let stream = try await RTSPStreams.make(material).appending(path: "main.h264").path
            let camera = try await HostileCamera.start("jumps", "--stream", stream)
            let begun = MonotonicTime.now
            let daemon = try await start(
                "rtsp://127.0.0.1:\(camera.port)/x", keys: ", frozen_after: 0", recording: ["mode: copy"])
            #expect(await eventually { recordings("hostile").count >= 3 || daemon.program.hasEnded })
            #expect(
                await eventually {
                    daemon.collector.events.contains { $0.camera == "good" && $0.name == "Barack Obama" }
                })
            // A key frame comes each second, and no file begins sooner than a second after another.
            #expect(Double(recordings("hostile").count) <= (MonotonicTime.now - begun).inSeconds + 1)
            #expect(CaptureProcesses(daemon: daemon.program.pid).totalMB < 900)
            #expect(!daemon.collector.events.contains { $0.type == .sourceDown && $0.camera == "good" })
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            for name in recordings("hostile") {
                let file = folder.file("recordings/hostile/\(name)").path
                let outcome = try await Program.run("ffprobe", ["-v", "error", file])
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
        }

        /// More pictures in a second than any camera has.
        @Test func aFloodIsOneCamerasEnd() async throws {
            let stream = try await RTSPStreams.make(material).appending(path: "main.h264").path
            let camera = try await HostileCamera.start("flood", "--stream", stream)
            try await expect("", of: start("rtsp://127.0.0.1:\(camera.port)/x", recording: ["mode: copy"]))
        }

        /// 886 kB of video that unpack to 225 MB for each picture.
        @Test func picturesThatAreTooLarge() async throws {
            let streams = try ScratchFolder()
            for name in RTSPStreams.names {
                try FileManager.default.createSymbolicLink(
                    at: streams.file(name),
                    withDestinationURL: try await RTSPStreams.make(material).appending(path: name))
            }
            for name in ["main.h264", "other.h264"] {
                try FileManager.default.removeItem(at: streams.file(name))
                try await Video.ffmpeg([
                    "-f", "lavfi", "-i", "color=size=12288x12288:rate=5", "-t", "2", "-c:v", "libx264", "-preset",
                    "ultrafast", "-x264-params", "keyint=5:aud=1:repeat-headers=1", "-f", "h264",
                    streams.file(name).path,
                ])
            }
            let camera = try await RTSPCameraUnderTest.start(in: streams)
            try await expect("its pictures are too large", of: start(camera.url()))
        }

        // Certificates.

        private func certificate(_ names: String) async throws -> (file: String, key: String) {
            let (file, key) = (folder.file("certificate.pem").path, folder.file("key.pem").path)
            let outcome = try await Program.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=camera", "-addext", "subjectAltName=\(names)", "-keyout", key, "-out", file,
                ])
            try #require(outcome.exitCode == 0, "\(outcome)")
            return (file, key)
        }

        /// Whoever answers in a camera's place is not told the password.
        @Test func aCertificateOfItsOwnIsRefused() async throws {
            let (file, key) = try await certificate("IP:127.0.0.1")
            let camera = try await HostileCamera.start("login", "--certificate", file, key)
            let daemon = try await start("rtsps://viewer:hunter2@127.0.0.1:\(camera.port)/x")
            try await expect("certificate is not trusted", of: daemon)
            #expect(camera.requests.isEmpty)
        }

        @Test(arguments: ["tls_ca", "tls_pin"]) func aCertificateThatIsNamedIsTrusted(_ key: String) async throws {
            let (file, secret) = try await certificate("IP:127.0.0.1")
            let camera = try await HostileCamera.start("login", "--certificate", file, secret)
            let print = try await Program.run("openssl", ["x509", "-noout", "-fingerprint", "-sha256", "-in", file])
            let pin = print.output.split(separator: "=").last.map { $0.trimmingCharacters(in: .newlines) } ?? ""
            let daemon = try await start(
                "rtsps://viewer:hunter2@127.0.0.1:\(camera.port)/x",
                keys: ", \(key): \"\(key == "tls_ca" ? file : pin)\"")
            try await expect("refuses the user name or the password", of: daemon)
            #expect(camera.requests.contains { $0.hasPrefix("DESCRIBE Basic") })
        }

        /// The right authority vouches for another name.
        @Test func aCertificateOfAnotherNameIsRefused() async throws {
            let (file, secret) = try await certificate("DNS:camera.example")
            let camera = try await HostileCamera.start("login", "--certificate", file, secret)
            let daemon = try await start(
                "rtsps://viewer:hunter2@127.0.0.1:\(camera.port)/x", keys: ", tls_ca: \"\(file)\"")
            try await expect("certificate is not trusted", of: daemon)
            #expect(camera.requests.isEmpty)
        }
    }
}
