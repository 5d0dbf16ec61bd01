import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Faces in, names out, from cameras that behave.
    @Suite struct RTSPStreamTests {
        @Test(arguments: RTSPCameraUnderTest.Codec.allCases, ["tcp", "udp"])
        func everybodyGetsTheirName(_ codec: RTSPCameraUnderTest.Codec, _ transport: String) async throws {
            let camera = try await RTSPCameraUnderTest.start(Material.get())
            var options = RTSPRun.Options()
            (options.codec, options.transport) = (codec, transport)
            try await checkStream(of: camera, options)
        }
    }
}

extension IntegrationTests {
    /// One camera on a network, and one fault; all of them are in `SystemTests`.
    @Suite struct RTSPTests {
        @Test func everybodyGetsTheirName() async throws {
            let camera = try await RTSPCameraUnderTest.start(
                Material.get(), login: .init(scheme: .digest, password: "secret"))
            var options = RTSPRun.Options()
            options.credentials = "viewer:secret"
            try await checkStream(of: camera, options)
        }

        @Test func aCameraThatIsStartedAgainComesBack() async throws {
            let (material, folder) = (try Material.get(), try ScratchFolder())
            let camera = try await RTSPCameraUnderTest.start(material)
            let run = try await RTSPRun.start(material, camera, in: folder)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
            let broken = try await camera.kill()
            #expect(await run.firstDown(after: broken) != nil)
            let mended = try await camera.restart()
            #expect(await run.everybodyIsKnown(since: mended), "\(run.logged)")
            _ = try await run.stop()
        }
    }
}

/// Watches the camera until everybody has been judged, then stops, and checks what is left.
private func checkStream(of camera: RTSPCameraUnderTest, _ options: RTSPRun.Options) async throws {
    let folder = try ScratchFolder()
    let run = try await RTSPRun.start(Material.get(), camera, options, in: folder)
    #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)), "\(run.daemon.program.errors)")
    let events = try await run.stop()
    #expect(events.map(\.type).count { $0 == .sourceUp } == 1)
    #expect(events.compactMap(\.frame).allSatisfy { ($0.width, $0.height) == RTSPStreams.size })
    // It takes its leave of the camera.
    #expect(camera.plays == 1)
    #expect(await eventually { camera.clients == 0 })
    let recording = try #require(run.daemon.recordings.first)
    #expect(try await Video.decoded(recording.path) > 5)
}
