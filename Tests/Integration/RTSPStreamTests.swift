import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Faces in, names out, from cameras that behave.
    @Suite struct RTSPStreamTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test(arguments: RTSPCameraUnderTest.Codec.allCases, ["tcp", "udp"])
        func everybodyGetsTheirName(_ codec: RTSPCameraUnderTest.Codec, _ transport: String) async throws {
            let camera = try await RTSPCameraUnderTest.start(material)
            var options = RTSPRun.Options()
            (options.codec, options.transport) = (codec, transport)
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)), "\(run.daemon.program.errors)")
            let events = try await run.stop()
            #expect(events.map(\.type).count { $0 == .sourceUp } == 1)
            #expect(
                events.compactMap(\.frame).allSatisfy {
                    ($0.width, $0.height) == RTSPStreams.size
                })
            // It takes its leave of the camera.
            #expect(camera.plays == 1)
            #expect(await eventually { camera.clients == 0 })
            let recording = try #require(run.daemon.recordings.first)
            #expect(try await Video.decoded(recording.path) > 5)
        }
    }
}
