import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Packets get lost on the way, and no picture that suffered from it is ever looked at.
    @Suite(PrivateNetwork.make) struct RTSPLossTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test(arguments: RTSPCameraUnderTest.Codec.allCases)
        func everyPictureIsSound(_ codec: RTSPCameraUnderTest.Codec) async throws {
            let network = try await PrivateNetwork()
            let camera = try await RTSPCameraUnderTest.start(material, in: network)
            var options = RTSPRun.Options()
            (options.codec, options.transport, options.launcher) = (codec, "udp", network.enter)
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
            try await network.drop("meta l4proto udp numgen random mod 100 < 3")
            // A player that takes what comes shows what there is to be held back.
            let naive = folder.file("naive.mp4").path
            let player = try Program(
                network.enter[0],
                Array(network.enter.dropFirst()) + [
                    "ffmpeg", "-v", "warning", "-nostdin", "-rtsp_transport", "udp", "-i", camera.url(codec), "-t", "6",
                    "-vf", "scale=\(RTSPStreams.size.width):\(RTSPStreams.size.height):out_range=tv,format=yuv420p",
                    "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "15", naive,
                ])
            let lossy = MonotonicTime.now
            #expect(await eventually { player.hasEnded }, "the player: \(player.errors)")
            // Statistics come every ten seconds.
            #expect(await eventually { run.losses.damaged > 0 }, "\(run.losses)")
            #expect(try await network.dropped() > 5)
            // How much of the loss hits which picture is chance: some come through whole.
            #expect(
                await eventually {
                    run.frames.arrivals.count { $0.time > lossy && $0.event.type == .frame } > 10
                }, "too much is held back: \(run.losses)")
            try await network.mend()
            #expect(await run.firstGoodFrame(after: .now) != nil)
            let events = try await run.stop()

            let pictures = try await SoundPictures(material)
            let shown = try await self.pictures(of: run, pictures)
            #expect(shown.allSatisfy { if case .sound = $0.finding { true } else { false } }, "\(shown)")
            // All that was told about a face is from a picture that was looked at just now.
            let offsets = Set(shown.map { "\($0.file) \($0.offset)" })
            #expect(
                events.filter { $0.track != nil }.compactMap(\.recording).allSatisfy { position in
                    (-1...1).contains { offsets.contains("\(position.file) \(position.offsetMs + $0)") }
                })
            // MJPEG's pictures stand alone, and FFmpeg leaves out those that lack a part.
            if codec != .mjpeg {
                let naiveFindings = try await pictures.findings(in: naive)
                #expect(
                    naiveFindings.contains { if case .damaged = $0 { true } else { false } },
                    "nothing was damaged: the test shows nothing")
            }
        }

        /// Every recorded picture.
        private func pictures(
            of run: RTSPRun, _ pictures: SoundPictures
        ) async throws -> [(file: String, offset: Int, finding: SoundPictures.Finding)] {
            var all: [(file: String, offset: Int, finding: SoundPictures.Finding)] = []
            for file in run.daemon.recordings {
                let name = file.lastPathComponent
                let stamps = try await Video.stamps(file.path)
                var faces: [Int: [Event.FaceInFrame]] = [:]
                for event in run.frames.events {
                    guard event.type == .frame, let position = event.recording, position.file == name else { continue }
                    for offset in -1...1 { faces[position.offsetMs + offset] = event.faces }
                }
                let findings = try await pictures.findings(in: file.path) { index in
                    // Of those that were recorded before anybody listened it is not known where the boxes are.
                    guard let faces = faces[stamps[index]] else {
                        return [SoundPictures.Area(left: 0, top: 0, right: .infinity, bottom: .infinity)]
                    }
                    return faces.flatMap { Self.drawn($0.box) }
                }
                #expect(findings.count == stamps.count)
                all += zip(stamps, findings).map { (name, $0, $1) }
            }
            return all
        }

        /// Where a face's outline and name were drawn.
        static func drawn(_ box: [Double]) -> [SoundPictures.Area] {
            let (left, top, right, bottom) = (box[0], box[1], box[0] + box[2], box[1] + box[3])
            let (pen, label) = (8.0, (width: 200.0, height: 24.0))
            return [
                .init(left: left - pen, top: top - label.height, right: left + label.width, bottom: top + pen),
                .init(left: left - pen, top: top, right: left + pen, bottom: bottom),
                .init(left: right - pen, top: top, right: right + pen, bottom: bottom),
                .init(left: left - pen, top: bottom - pen, right: right + pen, bottom: bottom + pen),
            ]
        }
    }
}
