import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// What becomes of cameras on a network: each fault is noticed, told, and over soon after the camera is back.
    @Suite struct RTSPFaultTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        private func start(
            _ transport: String = "tcp", keys: String = "", in network: PrivateNetwork? = nil
        ) async throws -> RTSPRun {
            let camera = try await RTSPCameraUnderTest.start(material, in: network)
            var options = RTSPRun.Options()
            options.transport = transport
            options.keys = keys
            options.launcher = network?.enter ?? []
            return try await .start(material, camera, options, in: folder)
        }

        @Test(arguments: ["tcp", "udp"]) func killedAndStartedAgain(_ transport: String) async throws {
            let run = try await start(transport)
            try await run.recovery(from: "server killed, \(transport)") {
                try await run.camera.kill()
            } mending: { _ in
                try await run.camera.restart()
            }
        }

        @Test(arguments: ["tcp", "udp"]) func stopped(_ transport: String) async throws {
            let run = try await start(transport)
            let long = Soak.isOn && !Soak.isShort
            try await run.recovery(from: "server stopped for \(long ? 20 : 6) s, \(transport)") {
                run.camera.signal(SIGSTOP)
            } mending: { broken in
                await letPass(.seconds(long ? 20 : 6), since: broken)
                return run.camera.signal(SIGCONT)
            }
        }

        @Test(arguments: ["tcp", "udp"]) func silent(_ transport: String) async throws {
            let run = try await start(transport)
            try await run.recovery(from: "connection stays, nothing is sent, \(transport)") {
                try await run.camera.tell("stall")
            } mending: { _ in
                try await run.camera.tell("go")
            }
        }

        @Test(PrivateNetwork.make, arguments: ["tcp", "udp"]) func blackHole(_ transport: String) async throws {
            let network = try await PrivateNetwork()
            let run = try await start(transport, in: network)
            try await run.recovery(from: "packets vanish, \(transport)") {
                let time = MonotonicTime.now
                try await network.drop("meta l4proto { tcp, udp }")
                return time
            } mending: { broken in
                await letPass(.seconds(6), since: broken)
                try await network.mend()
                return .now
            }
        }

        @Test func frozenPictures() async throws {
            let run = try await start(keys: ", frozen_after: 2")
            try await run.recovery(from: "same picture again and again, frozen_after 2", allowance: 2) {
                let time = try await run.camera.tell("freeze")
                // It does so at its next key frame.
                var held: MonotonicTime?
                _ = await eventually {
                    held = run.camera.messages.first { $0.held == "h264" && $0.time > time }?.time
                    return held != nil
                }
                return try #require(held)
            } mending: { _ in
                try await run.camera.tell("go")
            }
        }

        @Test func clockThatStandsStill() async throws {
            let run = try await start(keys: ", frozen_after: 2")
            try await run.recovery(from: "clock stands still, frozen_after 2", allowance: 2) {
                try await run.camera.tell("still")
            } mending: { _ in
                try await run.camera.tell("go")
            }
        }

        /// No fault of the source: it stays up.
        @Test(arguments: RTSPCameraUnderTest.Codec.allCases)
        func otherSizeAndBack(_ codec: RTSPCameraUnderTest.Codec) async throws {
            let camera = try await RTSPCameraUnderTest.start(material)
            var options = RTSPRun.Options()
            options.codec = codec
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            for (command, size) in [
                ("main", RTSPStreams.size), ("other", RTSPStreams.otherSize), ("main", RTSPStreams.size),
            ] {
                let told = try await camera.tell(command)
                let good = try #require(await run.firstGoodFrame(after: told, width: size.width))
                let served = try #require(camera.messages.first { $0.key == codec.rawValue && $0.time >= told })
                #expect((good - served.time).inSeconds <= Recovery.limit)
                #expect(await run.everybodyIsShown(after: told, width: size.width))
            }
            let events = try await run.stop()
            #expect(events.count { $0.type == .sourceDown } == 1, "it went down")
        }
    }
}
