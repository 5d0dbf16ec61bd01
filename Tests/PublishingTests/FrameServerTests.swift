import Events
import Foundation
import Publishing
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct FrameServerTests {
    let folder: ScratchFolder
    var path: String { folder.path("door.frames.sock") }

    init() throws { folder = try ScratchFolder() }

    /// Counts how often it is asked.
    final class Encoder: Sendable {
        let calls = Atomic(0)
        let jpeg: [UInt8]

        init(_ jpeg: [UInt8]) { self.jpeg = jpeg }

        func encode(_: PixelBuffer) -> [UInt8] {
            calls.wrappingAdd(1, ordering: .relaxed)
            return jpeg
        }
    }

    func start(_ encoder: Encoder) async throws -> FrameServer {
        try await FrameServer.start(at: path, viewers: 4, logger: Fixture.logger, encode: encoder.encode)
    }

    @Test func ffprobeReadsTheFrames() async throws {
        let file = folder.path("frame.jpg")
        let made = try await Program.run(
            "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240", "-frames:v", "1", file])
        #expect(made.exitCode == 0, "\(made)")
        let encoder = Encoder([UInt8](try Data(contentsOf: folder.file("frame.jpg"))))
        let server = try await start(encoder)
        let probe = try Program(
            "ffprobe",
            [
                "-v", "error", "-f", "mpjpeg", "-show_entries", "frame=width,height", "-of", "csv=p=0",
                "-read_intervals", "%+#5", "unix:\(path)",
            ])
        var number = 0
        let ended = await eventually {
            number += 1
            server.show(.sample(number))
            return probe.hasEnded
        }
        #expect(ended)
        let result = try await probe.wait()
        let sizes = result.output.split(separator: "\n")
        #expect(sizes.count >= 5, "\(result.errors)")
        #expect(sizes.allSatisfy { $0.hasPrefix("320,240") })
        #expect(await eventually { !server.hasViewers })
        await server.shutdown()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func nobodyWatchingCostsNothing() async throws {
        let encoder = Encoder([1, 2, 3])
        let server = try await start(encoder)
        for number in 0..<100 { server.show(.sample(number)) }
        #expect(!server.hasViewers)
        let watcher = try EventClient(connectingTo: path)
        #expect(await eventually { server.hasViewers })
        server.show(.sample(100))
        #expect(try watcher.next(timeout: testTimeout) == .line("--visage\r"))
        #expect(encoder.calls.load(ordering: .relaxed) == 1)
        await server.shutdown()
    }

    @Test func whoDoesNotReadCostsNothingAndOthersGoOn() async throws {
        let encoder = Encoder([UInt8](repeating: 7, count: 100_000))
        let server = try await start(encoder)
        let stuck = try EventClient(connectingTo: path)
        try stuck.send(bytes: Array("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(await eventually { server.hasViewers })
        // Fill what the system holds for him.
        var last = -1
        var number = 0
        let full = await eventually {
            for _ in 0..<5 {
                number += 1
                server.show(.sample(number))
            }
            try? await Task.sleep(for: .milliseconds(20))
            defer { last = encoder.calls.load(ordering: .relaxed) }
            return encoder.calls.load(ordering: .relaxed) == last
        }
        #expect(full)
        let good = try EventClient(connectingTo: path)
        var heads = 0
        let goesOn = try await eventually {
            number += 1
            server.show(.sample(number))
            while case .line(let line) = try good.next(timeout: .milliseconds(10)) {
                if line.hasSuffix("--visage\r") { heads += 1 }
            }
            return heads >= 5
        }
        #expect(goesOn)
        withExtendedLifetime(stuck) {}
        await server.shutdown()
    }

    @Test func tooManyWatchersAreTurnedAway() async throws {
        let server = try await start(Encoder([1]))
        let watchers = try (0..<4).map { _ in try EventClient(connectingTo: path) }
        let late = try EventClient(connectingTo: path)
        #expect(try late.next(timeout: testTimeout) == .ended)
        withExtendedLifetime(watchers) {}
        await server.shutdown()
    }
}
