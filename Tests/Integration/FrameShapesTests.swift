import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Cameras whose frames have different shapes need different networks; none costs another a frame.
    @Suite struct FrameShapesTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func clip(_ width: Int, _ height: Int) async throws -> String {
            let file = folder.file("\(width)x\(height).mp4").path
            try await Video.ffmpeg([
                "-i", material.cut, "-vf", "scale=\(width):\(height)", "-r", "5", "-c:v", "libx264", "-preset",
                "ultrafast", file,
            ])
            return file
        }

        /// Changes its size with every second picture.
        private func restlessClip() async throws -> String {
            let stream = folder.file("restless.h264")
            try Data().write(to: stream)
            let handle = try FileHandle(forWritingTo: stream)
            let sizes = [(1280, 720), (640, 480), (704, 576), (480, 640), (640, 640), (640, 180), (320, 256)]
            for (index, size) in (sizes + sizes + sizes).enumerated() {
                let part = folder.file("part.h264").path
                try await Video.ffmpeg([
                    "-ss", "\(Double(index) / 5)", "-i", material.cut, "-frames:v", "2", "-vf",
                    "scale=\(size.0):\(size.1)", "-c:v", "libx264", "-preset", "ultrafast", "-f", "h264", part,
                ])
                try handle.write(contentsOf: Data(contentsOf: URL(filePath: part)))
            }
            let file = folder.file("restless.mp4").path
            try await Video.ffmpeg(["-r", "10", "-f", "h264", "-i", stream.path, "-c", "copy", file])
            return file
        }

        @Test func everyCameraSeesAllItsFramesAndEachShapeIsCompiledOnce() async throws {
            var files: [(name: String, path: String)] = []
            for (name, size) in [
                ("wide", (1280, 720)), ("classic", (640, 480)), ("pal", (704, 576)), ("upright", (480, 640)),
                ("square", (640, 640)),
            ] {
                files.append((name, try await clip(size.0, size.1)))
            }
            files.append(("restless", try await restlessClip()))
            var options = DaemonUnderTest.Options(material)
            options.cameras = files.map { "{name: \($0.name), source: \"\($0.path)\", pace: fast}" }
            options.more.append("log: {level: debug}")
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let outcome = try await daemon.program.wait()
            #expect(outcome.exitCode == 0 && outcome.loggedErrors.isEmpty, "\(outcome)")
            for (name, path) in files {
                let recordings = folder.url.appending(path: "recordings/\(name)", directoryHint: .isDirectory)
                var recorded = 0
                for file in try FileManager.default.contentsOfDirectory(at: recordings, includingPropertiesForKeys: nil)
                where file.pathExtension == "mp4" {
                    recorded += try await Video.stamps(file.path).count
                }
                let sent = try await Video.stamps(path).count
                #expect(sent > 20 && recorded == sent, "\(name)")
            }
            let compiled = outcome.complaints.filter {
                $0.contains("yunet-2023mar is compiled for") && $0.contains("640")
            }
            #expect(compiled.count == 5, "one for each padded shape: \(compiled)")
        }
    }
}
