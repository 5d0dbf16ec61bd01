import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Who may see a camera, and where it is.
    @Suite struct RTSPLoginTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test(arguments: RTSPCameraUnderTest.Login.Scheme.allCases)
        func rightPassword(_ scheme: RTSPCameraUnderTest.Login.Scheme) async throws {
            let camera = try await RTSPCameraUnderTest.start(
                material, login: .init(scheme: scheme, password: "p@ss:w/o#r%d ü"))
            var options = RTSPRun.Options()
            options.credentials = "viewer:p%40ss%3Aw%2Fo%23r%25d%20%C3%BC"
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)), "\(run.daemon.program.errors)")
            #expect(try await run.stop().first?.type == .sourceUp)
        }

        @Test(arguments: RTSPCameraUnderTest.Login.Scheme.allCases, ["viewer:wrong", "nobody:secret", ""])
        func wrongPassword(_ scheme: RTSPCameraUnderTest.Login.Scheme, _ credentials: String) async throws {
            let camera = try await RTSPCameraUnderTest.start(
                material, login: .init(scheme: scheme, password: "secret"))
            try await refused(camera, camera.url(credentials: credentials), "refuses the user name or the password")
        }

        @Test func wrongPath() async throws {
            let camera = try await RTSPCameraUnderTest.start(material)
            try await refused(camera, "rtsp://127.0.0.1:\(camera.port)/cellar", "does not know the path")
        }

        /// Told once, with what to do about it, and not tried again soon: some cameras lock an account that is tried
        /// too often.
        private func refused(_ camera: RTSPCameraUnderTest, _ address: String, _ reason: String) async throws {
            var options = DaemonUnderTest.Options(material)
            options.cameras = ["{name: demo, source: \"\(address)\"}"]
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .sourceDown } })
            let down = try #require(daemon.collector.logged.first)
            #expect(down.type == .sourceDown && down.attempt == 1)
            #expect(down.reason?.contains(reason) == true, "\(down)")
            #expect(20_000...40_000 ~= down.retryInMs ?? 0, "\(down)")
            let connections = camera.messages.count { $0.gone != nil }
            // Long enough for the quick retries of other faults.
            await letPass(.seconds(2))
            #expect(camera.messages.count { $0.gone != nil } == connections && camera.plays == 0)
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            #expect(daemon.collector.logged.count == 2)
        }
    }
}
