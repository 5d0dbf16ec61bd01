import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// A daemon that watches one camera on the network, and who listens to it.
struct RTSPRun {
    struct Options: Sendable {
        var codec = RTSPCameraUnderTest.Codec.h264
        var transport = "tcp"
        /// What the address begins with, percent-encoded.
        var credentials = ""
        /// More keys of the camera.
        var keys = ""
        /// More lines of configuration.
        var more: [String] = []
        /// More keys of `recording`.
        var recordingKeys: [String] = []
        var launcher: [String] = []
    }

    let camera: RTSPCameraUnderTest
    let codec: RTSPCameraUnderTest.Codec
    let daemon: DaemonUnderTest
    /// Every frame's faces, and counts.
    let frames: EventCollector

    static func start(
        _ material: Material, _ camera: RTSPCameraUnderTest, _ options: Options = Options(),
        in folder: ScratchFolder
    ) async throws -> RTSPRun {
        var daemonOptions = DaemonUnderTest.Options(material)
        let source = camera.url(options.codec, credentials: options.credentials)
        daemonOptions.cameras = [
            "{name: demo, source: \"\(source)\", transport: \(options.transport)\(options.keys)}"
        ]
        daemonOptions.more = options.more
        daemonOptions.recordingKeys = options.recordingKeys
        daemonOptions.launcher = options.launcher
        let daemon = try await DaemonUnderTest.start(daemonOptions, in: folder)
        let frames = try EventCollector(socket: daemon.socket, EventRequest(types: ["frame", "stats"]))
        return RTSPRun(camera: camera, codec: options.codec, daemon: daemon, frames: frames)
    }

    var logged: [Event] { daemon.collector.logged }

    /// Waits until all three people of the stream have been judged since `time`, each rightly.
    func everybodyIsKnown(since time: MonotonicTime) async -> Bool {
        await eventually {
            let verdicts = daemon.collector.arrivals.filter { $0.time > time }.map(\.event)
            return verdicts.contains { $0.type == .identified && $0.name == "Barack Obama" }
                && verdicts.count { $0.type == .unknown } >= 2
        }
    }

    /// The first frame after `time` on which somebody is followed.
    func firstGoodFrame(after time: MonotonicTime, width: Int? = nil) async -> MonotonicTime? {
        var found: MonotonicTime?
        _ = await eventually {
            found =
                frames.arrivals.first { arrival in
                    arrival.time > time && arrival.event.faces?.contains { $0.track != nil } == true
                        && (width == nil || arrival.event.frame?.width == width)
                }?.time
            return found != nil
        }
        return found
    }

    /// Waits for a frame of this width after `time`, on which all three are followed and he has his name.
    func everybodyIsShown(after time: MonotonicTime, width: Int) async -> Bool {
        await eventually {
            frames.arrivals.contains { arrival in
                arrival.time > time && arrival.event.frame?.width == width && arrival.event.faces?.count == 3
                    && arrival.event.faces?.compactMap(\.name) == ["Barack Obama"]
            }
        }
    }

    /// The first `source.down` after `time`.
    func firstDown(after time: MonotonicTime) async -> (time: MonotonicTime, event: Event)? {
        var found: (time: MonotonicTime, event: Event)?
        _ = await eventually {
            found = daemon.collector.arrivals.first { $0.time > time && $0.event.type == .sourceDown }
            return found != nil
        }
        return found
    }

    /// Sums of all `stats` events.
    var losses: (skipped: Int, damaged: Int, missed: Int) {
        frames.events.compactMap(\.stats).reduce((0, 0, 0)) {
            ($0.0 + $1.skipped, $0.1 + $1.damaged, $0.2 + $1.missed)
        }
    }

    /// Stops the daemon and checks what holds at every good end of a camera that had faults.
    /// - Returns: the events that were logged.
    func stop() async throws -> [Event] {
        let events = try await daemon.stop()
        #expect(frames.problems.isEmpty)
        // Who was seen too briefly before the camera went has no verdict.
        let stories = Story.all(in: events).filter { $0.events.map(\.type) != [.appeared, .lost] }
        #expect(stories.compactMap(\.problem).isEmpty)
        var isUp = false
        for event in events {
            if event.type == .sourceUp { isUp = true }
            #expect(event.track == nil || isUp, "a face on a camera that is down: \(event)")
            if event.type == .sourceDown { isUp = false }
        }
        // Nobody else may have got a name, and the daemon has said goodbye.
        #expect(Set(events.compactMap(\.name)).isSubset(of: ["Barack Obama"]))
        return events
    }
}
