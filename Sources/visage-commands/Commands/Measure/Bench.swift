import ArgumentParser
import ClientCommands
import Daemon
import Evaluation
import Foundation
import VisageCore

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the speed of the whole pipeline on a video.",
        discussion: """
            Runs the daemon's pipeline over the video as fast as possible, with recording on. limit_fps is the rate that \
            the cores could reach if only decoding, scaling, detecting, embedding and encoding took time: the number of \
            cores divided by the sum of calls per frame times milliseconds per call, where each step is timed alone on one \
            thread, best of five runs. ratio is fps / limit_fps.

            With --cameras, the daemon reads that many network cameras instead, which send the video at 15 frames a second \
            in 720p, in real time. They are an RTSP server on this machine, over TCP: connecting, receiving, decoding in \
            capture processes, the supervision and all that follows are those of visaged. Losses of a network, encrypted \
            connections and webcams are not measured.
            """)

    @Option(help: "A video file. Default: the 720p clip of the demonstration.")
    var source: String?

    @Option(
        help:
            "Measure training and matching time of galleries with synthetic people instead, up to this many (2 to 100000)."
    )
    var people: Int?

    @Option(help: "Measure so many live cameras in real time instead (1 to 64).")
    var cameras: Int?

    @Option(help: "With --cameras, measure for so many seconds (1 to 3600), once all cameras deliver.")
    var seconds = 20

    @Option(help: "What is recorded: \(BenchRecording.allCases.map(\.rawValue).joined(separator: " or ")).")
    var recording = BenchRecording.annotated

    @Flag(help: "Print one JSON object; with --people, one for each row.")
    var json = false

    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard people.map(MatchingBench.people.contains) ?? true else {
            throw ValidationError(
                "--people has to be from \(MatchingBench.people.lowerBound) to \(MatchingBench.people.upperBound)")
        }
        guard cameras.map(LiveBench.cameras.contains) ?? true else {
            throw ValidationError(
                "--cameras has to be from \(LiveBench.cameras.lowerBound) to \(LiveBench.cameras.upperBound)")
        }
        guard LiveBench.seconds.contains(seconds) else {
            throw ValidationError(
                "--seconds has to be from \(LiveBench.seconds.lowerBound) to \(LiveBench.seconds.upperBound)")
        }
        guard people == nil || cameras == nil else {
            throw ValidationError("--people and --cameras cannot be used together; give one of them")
        }
        guard recording != .copy || cameras != nil else {
            throw ValidationError("--recording copy is for cameras, which send packets to copy; give --cameras, too")
        }
    }

    func run() throws {
        let scratch = URL(filePath: NSTemporaryDirectory()).appending(path: "visage-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        if let people { return try measureMatching(upTo: people, scratch: scratch) }
        let loaded = try networks.load()
        let clip = try source ?? Self.demonstrationClip(beside: loaded.store.folder)
        if let cameras { return try measureLive(cameras, clip: clip, precision: loaded.precision, scratch) }

        let run = try BenchRun(
            clip: clip, scratch: scratch, recording: recording, inference: networks.inference, models: networks.models,
            detector: detection.detector)
        var alone = try StepsAlone(clip: clip, networks: loaded, detector: detection.detector, threads: 1).milliseconds
        if recording == .off { alone["encode"] = nil }
        let summary = BenchSummary(run, alone: alone, precision: loaded.precision, cores: cores)
        if json { try printJSON(summary) } else { describe(summary) }
    }

    private var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    private func measureLive(_ cameras: Int, clip: String, precision: String, _ scratch: URL) throws {
        var options = LiveBench.Options(
            clip: try FeedClip.prepare(clip, in: scratch), cameras: cameras, time: .seconds(seconds))
        options.recording = recording
        options.inference = networks.inference
        options.models = networks.models
        options.detector = detection.detector
        let summary = LiveSummary(
            try LiveBench(options, scratch: scratch), recording: recording, precision: precision, cores: cores)
        if json { try printJSON(summary) } else { describe(summary) }
    }

    private func describe(_ summary: LiveSummary) {
        Output.line(
            "\(summary.cameras) cameras for \(summary.seconds) s, recording \(summary.recording): \(summary.fps) fps each; "
                + "\(summary.skipped) frames skipped, \(summary.damaged) damaged, \(summary.missed) missed, "
                + "\(summary.unrecorded) not recorded")
        Output.line(
            "age \(summary.ageMs.p50) ms, 99 % within \(summary.ageMs.p99) ms; networks in \(summary.precision)")
        Output.line(
            "\(summary.cpuPercent) % of the processor, of \(summary.cores * 100) %: \(summary.cpuMsPerFrame) ms per frame; "
                + "\(summary.rssMb) MB\(summary.isPSS ? "" : ", common memory counted for each process"): daemon "
                + "\(summary.daemonMb), capture processes \(summary.captureMb); \(summary.threads) threads")
        describe(processor: summary.processorMs)
        for camera in summary.each {
            Output.line(
                "\(camera.camera): \(camera.fps) fps, \(camera.skipped) skipped, age \(camera.ageMs.p50) ms, 99 % within "
                    + "\(camera.ageMs.p99) ms")
        }
    }

    private func describe(processor: [String: Double]) {
        for (name, time) in processor.sorted(by: { $0.key < $1.key }) {
            Output.line("\(name): \(time) ms of processor time per frame")
        }
    }

    private func describe(_ summary: BenchSummary) {
        Output.line(
            "\(summary.frames) frames at \(summary.fps) fps, which is \(summary.ratio) of the limit of \(summary.limitFps) "
                + "fps on \(summary.cores) cores")
        Output.line(
            "\(summary.cpuMsPerFrame) ms of CPU time per frame; latency \(summary.latencyMs.p50) ms, 99 % within "
                + "\(summary.latencyMs.p99) ms; \(summary.rssMb) MB resident; networks in \(summary.precision)")
        for (name, stage) in summary.stages.sorted(by: { $0.key < $1.key }) {
            Output.line("\(name): \(stage.calls) calls, \(stage.p50Ms) ms, 99 % within \(stage.p99Ms) ms")
        }
        describe(processor: summary.processorMs)
        for (name, time) in summary.aloneMs.sorted(by: { $0.key < $1.key }) { Output.line("\(name) alone: \(time) ms") }
    }

    private func measureMatching(upTo people: Int, scratch: URL) throws {
        if !json {
            Output.line("| people | photos | matching | train, s | load, s | match, ms | size, MB |")
            Output.line("|---|---|---|---|---|---|---|")
        }
        try MatchingBench.run(dimension: 128, scratch: scratch, maxPeople: people) { row in
            if json {
                try printJSON(row)
            } else {
                Output.line(
                    "| \(row.people) | \(row.photos) | \(row.matching) | \(row.trainSeconds) | \(row.loadSeconds) | "
                        + "\(row.answerMs) | \(row.megabytes) |")
            }
        }
    }

    /// The clip of the demonstration in the source tree.
    /// - Throws: `VisageError` (notFound).
    static func demonstrationClip(beside models: URL) throws -> String {
        let clip = models.deletingLastPathComponent().appending(path: "demo/clip.mp4").path
        guard FileManager.default.fileExists(atPath: clip) else {
            throw VisageError(
                .notFound, "The demonstration clip is missing: run `make bench`, or pass a video with --source")
        }
        return clip
    }
}

extension BenchRecording: ExpressibleByArgument {}
