import Daemon
import Detection
import Foundation
import Inference
import Logging
import Pipeline
import VisageConfiguration
import VisageCore

/// One run of the whole daemon over a clip, as fast as possible, with recording and event log.
package struct BenchRun {
    package let counts: PipelineStatistics.Snapshot
    /// From the first frame requested to the last one recorded.
    package let elapsed: Duration
    /// CPU time of the whole process over the run.
    package let cpu: Duration
    /// The part of it that scaled frames for the detector.
    package let scaling: Duration
    /// Of the threads that run networks.
    package let networks: (detect: Duration, embed: Duration)
    /// At the end, with everything still loaded.
    package let residentMegabytes: Double

    /// - Parameters:
    ///   - scratch: a folder for the files of the daemon.
    ///   - models: the folder of the models; empty for the default one.
    /// - Throws: `VisageError`.
    package init(
        clip: String, scratch: URL, recording: BenchRecording = .annotated, inference: Configuration.Inference,
        models: String, detector: DetectorKind
    ) throws {
        var camera = Configuration.Camera()
        camera.name = "bench"
        camera.source = clip
        camera.pace = .fast
        var configuration = Configuration()
        configuration.cameras = [camera]
        configuration.state = scratch.appending(path: "state").path
        configuration.gallery = ""
        configuration.models = models
        configuration.events.socket = scratch.appending(path: "events.sock").path
        configuration.frames.folder = ""
        configuration.recording.folder = scratch.appending(path: "recordings").path
        recording.apply(to: &configuration.recording)
        configuration.detection.detector = detector
        configuration.inference = inference
        var logger = Logger(label: "visage.bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        VisageDaemon.prepareProcess()
        let daemon = try VisageDaemon(configuration, logger: logger)
        daemon.statistics(of: camera.name)?.keepEverything()

        let (before, scaled) = (Self.processorTime, ProcessorMeter.scaling.total)
        let networksBefore = NetworkThreads.processorTimes
        try DaemonRun(daemon).wait()
        cpu = Self.processorTime - before
        scaling = ProcessorMeter.scaling.total - scaled
        networks = ProcessorShares.networks(
            from: networksBefore, to: NetworkThreads.processorTimes, detector: detector.rawValue)
        residentMegabytes = Self.residentMegabytes
        guard let (counts, elapsed) = daemon.statistics(of: camera.name)?.whole, counts.published > 0 else {
            throw VisageError(.source, "\(clip) has no frame to measure")
        }
        self.counts = counts
        self.elapsed = elapsed
    }

    /// Of this process so far.
    static var processorTime: Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func duration(_ time: timeval) -> Duration { .seconds(time.tv_sec) + .microseconds(time.tv_usec) }
        return duration(usage.ru_utime) + duration(usage.ru_stime)
    }

    private static var residentMegabytes: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        return ((kilobytes ?? 0) / 102.4).rounded() / 10
    }
}
