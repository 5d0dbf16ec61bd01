import Capture
import Daemon
import Detection
import Foundation
import Inference
import Logging
import Pipeline
import VisageConfiguration
import VisageCore

/// One run of the whole daemon with live cameras: network cameras on this machine that send one clip in real time. All
/// is as in `visaged`: a capture process for each camera, the supervision, the pipelines, recording, event log and sockets.
package struct LiveBench {
    package struct Options {
        /// As `FeedClip.prepare` returns it.
        package var clip: String
        package var cameras: Int
        /// How long it is measured, once all cameras deliver.
        package var time: Duration
        package var recording = BenchRecording.annotated
        package var inference = Configuration.Inference()
        /// The folder of the models; empty for the default one.
        package var models = ""
        package var detector = DetectorKind.yunet

        package init(clip: String, cameras: Int, time: Duration) {
            (self.clip, self.cameras, self.time) = (clip, cameras, time)
        }
    }

    /// Numbers of cameras that can be measured.
    package static let cameras = 1...64
    /// Seconds that can be measured.
    package static let seconds = 1...3600
    /// Until all cameras deliver.
    private static let startTimeout = Duration.seconds(60)
    /// From there on until it is measured: exposure settles, networks have all their buffers, first faces are embedded.
    private static let warmUp = Duration.seconds(3)

    /// What was counted, by camera.
    package let counts: [String: PipelineStatistics.Snapshot]
    package let losses: [String: SourceLosses]
    package let elapsed: Duration
    /// Processor time of the daemon, of the capture processes, and of the daemon for scaling.
    package let daemon: Duration
    package let capture: Duration
    package let scaling: Duration
    /// Of the daemon's threads that run networks.
    package let networks: (detect: Duration, embed: Duration)
    /// At the end: of the daemon, and of each capture process.
    package let daemonMemory: ProcessFiles.Memory
    package let captureMemory: [ProcessFiles.Memory]
    /// Of the daemon and the capture processes together.
    package let threads: Int

    /// - Parameter scratch: a folder for the files of the daemon.
    /// - Throws: `VisageError`.
    package init(_ options: Options, scratch: URL) throws {
        let feed = try FeedProcess(clip: options.clip, cameras: options.cameras)
        let configuration = Self.configuration(options, feed, scratch)
        let names = configuration.cameras.map(\.name)
        var logger = Logger(label: "visage.bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        VisageDaemon.prepareProcess()
        let daemon = try VisageDaemon(configuration, logger: logger)
        let run = DaemonRun(daemon)
        try Self.waitForAll(daemon, run)
        guard try run.goesOn(until: .now + Self.warmUp) else { throw Self.interrupted }

        for name in names { daemon.statistics(of: name)?.keepEverything() }
        let before = Standing(daemon, names)
        guard try run.goesOn(until: before.time + options.time) else { throw Self.interrupted }
        let after = Standing(daemon, names)
        counts = names.reduce(into: [:]) { $0[$1] = daemon.statistics(of: $1)?.everything }
        elapsed = after.time - before.time
        losses = after.losses.reduce(into: [:]) { $0[$1.key] = $1.value - (before.losses[$1.key] ?? SourceLosses()) }
        self.daemon = after.daemon - before.daemon
        // One that was started meanwhile counts from its start.
        capture = after.capture.reduce(.zero) { $0 + $1.value - (before.capture[$1.key] ?? .zero) }
        scaling = after.scaling - before.scaling
        networks = ProcessorShares.networks(
            from: before.networks, to: after.networks, detector: options.detector.rawValue)
        let processes = [getpid()] + after.capture.keys
        var memory = ProcessFiles.memory(of: getpid()) ?? .init(bytes: 0, isProportional: false)
        // The cameras' process runs the same program, and takes a share of it that is the daemon's where it is alone.
        if memory.isProportional { memory.bytes += ProcessFiles.commonMemory(of: feed.identifier) }
        daemonMemory = memory
        captureMemory = after.capture.keys.compactMap(ProcessFiles.memory)
        threads = processes.reduce(0) { $0 + ProcessFiles.threads(of: $1) }

        daemon.stop()
        try run.wait()
        withExtendedLifetime(feed) {}
    }

    private static let interrupted = VisageError(.source, "The measurement was interrupted")

    /// What only grows.
    private struct Standing {
        let time = MonotonicTime.now
        let losses: [String: SourceLosses]
        let daemon: Duration
        let capture: [pid_t: Duration]
        let scaling = ProcessorMeter.scaling.total
        let networks = NetworkThreads.processorTimes

        init(_ daemon: VisageDaemon, _ names: [String]) {
            losses = names.reduce(into: [:]) { $0[$1] = daemon.losses(of: $1) }
            self.daemon = BenchRun.processorTime
            capture = ProcessFiles.children(named: CaptureHelper.name).reduce(into: [:]) {
                $0[$1] = ProcessFiles.processorTime(of: $1)
            }
        }
    }

    private static func waitForAll(_ daemon: VisageDaemon, _ run: DaemonRun) throws {
        let deadline = MonotonicTime.now + startTimeout
        while case let outages = daemon.outages, let first = outages.first {
            guard try run.goesOn(until: .now + .milliseconds(50)) else { throw interrupted }
            guard .now < deadline else {
                throw VisageError(.source, "\(first.key) does not deliver: \(first.value)")
            }
        }
    }

    private static func configuration(_ options: Options, _ feed: FeedProcess, _ scratch: URL) -> Configuration {
        var configuration = Configuration()
        configuration.cameras = (0..<options.cameras).map { number in
            var camera = Configuration.Camera()
            camera.name = "camera-\(number + 1)"
            camera.source = feed.address(of: number)
            return camera
        }
        configuration.state = scratch.appending(path: "state").path
        configuration.gallery = ""
        configuration.models = options.models
        configuration.events.socket = scratch.appending(path: "events.sock").path
        configuration.frames.folder = scratch.path
        configuration.recording.folder = scratch.appending(path: "recordings").path
        options.recording.apply(to: &configuration.recording)
        configuration.detection.detector = options.detector
        configuration.inference = options.inference
        return configuration
    }
}
