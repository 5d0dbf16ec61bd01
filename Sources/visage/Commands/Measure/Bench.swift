import ArgumentParser
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
            """)

    @Option(help: "A video file. Default: the 720p clip of the demonstration.")
    var source: String?

    @Option(
        help:
            "Measure training and matching time of galleries with synthetic people instead, up to this many (2 to 100000)."
    )
    var people: Int?

    @Flag(help: "Print one JSON object; with --people, one for each row.")
    var json = false

    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard people.map(MatchingBench.people.contains) ?? true else {
            throw ValidationError(
                "--people has to be from \(MatchingBench.people.lowerBound) to \(MatchingBench.people.upperBound)")
        }
    }

    func run() throws {
        let scratch = URL(filePath: NSTemporaryDirectory()).appending(path: "visage-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        if let people { return try measureMatching(upTo: people, scratch: scratch) }
        let loaded = try networks.load()
        let clip = try source ?? Self.demonstrationClip(beside: loaded.store.folder)

        let run = try BenchRun(
            clip: clip, scratch: scratch, inference: networks.inference, models: networks.models,
            detector: detection.detector)
        let alone = try StepsAlone(clip: clip, networks: loaded, detector: detection.detector, threads: 1)
        let summary = BenchSummary(
            run, alone: alone.milliseconds, precision: loaded.precision,
            cores: ProcessInfo.processInfo.activeProcessorCount)
        if json { try printJSON(summary) } else { describe(summary) }
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
