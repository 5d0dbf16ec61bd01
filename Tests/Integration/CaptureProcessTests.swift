import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Each camera has a process of its own, and nothing that happens to that reaches anybody else.
    @Suite struct CaptureProcessTests {
        /// The kernel could be out of memory, or a decoder could crash, hang or run wild.
        @Test func whateverEndsTheProcessIsOneCamerasOutage() async throws {
            let (material, folder) = (try Material.get(), try ScratchFolder())
            let camera = try await RTSPCameraUnderTest.start(material)
            var options = DaemonUnderTest.Options(material)
            options.cameras = ["h264", "mjpeg"].map {
                "{name: \($0), source: \"rtsp://127.0.0.1:\(camera.port)/\($0)\"}"
            }
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let processes = CaptureProcesses(daemon: daemon.program.pid)
            func isUp(_ camera: String, since time: MonotonicTime) async -> Bool {
                await eventually {
                    daemon.collector.arrivals.contains {
                        $0.time > time && $0.event.type == .sourceUp && $0.event.camera == camera
                    }
                }
            }
            for name in ["h264", "mjpeg"] { #expect(await isUp(name, since: MonotonicTime(nanoseconds: 0))) }
            let neighbor = try #require(await processes.first("mjpeg"))
            var victim = try #require(await processes.first("h264"))
            for (signal, reason) in [
                (SIGKILL, "it was killed"), (SIGSEGV, "Segmentation fault"), (SIGSTOP, "nothing has come for"),
                (SIGXCPU, "90 % of a processor"),
            ] {
                let time = MonotonicTime.now
                kill(victim, signal)
                #expect(await isUp("h264", since: time), "\(daemon.program.errors)")
                let downs = daemon.collector.arrivals.filter { $0.time > time && $0.event.type == .sourceDown }
                #expect(downs.first?.event.camera == "h264")
                #expect(downs.first?.event.reason?.contains(reason) == true, "\(downs)")
                victim = try #require(await processes.first("h264", besides: victim))
            }
            #expect(await processes.first("mjpeg") == neighbor)
            #expect(!daemon.collector.events.contains { $0.type == .sourceDown && $0.camera == "mjpeg" })
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            #expect(processes.all.isEmpty)
        }

        /// What it is born with it cannot use against the others.
        @Test func theProcessHasNothingOfTheDaemons() async throws {
            let (material, folder) = (try Material.get(), try ScratchFolder())
            let camera = try await RTSPCameraUnderTest.start(material)
            var options = RTSPRun.Options()
            options.launcher = ["env", "CREDENTIALS_DIRECTORY=/nowhere", "NOTIFY_SOCKET=@nowhere"]
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            #expect(await run.firstGoodFrame(after: MonotonicTime(nanoseconds: 0)) != nil)
            let daemon = run.daemon.program.pid
            let process = try #require(await CaptureProcesses(daemon: daemon).first())
            #expect(CaptureProcesses.status(process, "Seccomp") == "2")
            #expect(CaptureProcesses.status(process, "NoNewPrivs") == "1")
            let environment = try String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)
            #expect(!environment.contains("CREDENTIALS") && !environment.contains("NOTIFY"))
            let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")
            }
            // Its connections, standard output and error, and what waits and wakes; no file of anybody.
            let errors = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(daemon)/fd/2")
            let others = files.filter { file in
                !["socket:", "pipe:", "anon_inode:", "/dev/null", errors].contains { file.hasPrefix($0) }
            }
            #expect(others.isEmpty, "\(files)")
            _ = try await run.stop()
        }
    }

    /// What a decoder that was taken over could do, tried.
    @Suite struct CaptureWallsTests {
        @Test(arguments: ["device", "network", "picture"]) func nothingButTheCameraIsInReach(_ source: String)
            async throws
        {
            let folder = try ScratchFolder()
            let secret = folder.file("secret")
            try Data("x".utf8).write(to: secret)
            try Data("x".utf8).write(to: folder.file("kept"))
            // By way of a pipe: it cannot write into a file.
            let outcome = try await Program.run(
                "/bin/bash",
                [
                    "-o", "pipefail", "-c", "cd \"$1\" && shift && \"$@\" | cat", "bash", folder.url.path,
                    Programs.path("visage-walls"), source, secret.path, "/etc/shadow", "/etc/visage/visaged.yaml",
                    "/root",
                    "/var/lib",
                ])
            let lines = outcome.output.split(separator: "\n").map(String.init)
            #expect(
                outcome.exitCode == 0
                    && lines.suffix(2).elementsEqual([
                        "connect: \(source == "picture" ? "refused" : "done")", "start a thread: done",
                    ]), "\(outcome)")
            // Without Landlock, files are the unit's business.
            let forbidden = lines.dropLast(2).filter { line in
                Landlock.isThere || !["read", "list", "write", "remove"].contains { line.hasPrefix($0) }
            }
            #expect(forbidden.count >= 8 && forbidden.allSatisfy { $0.hasSuffix(": refused") }, "\(lines)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["kept", "secret"])
        }
    }
}
