import ArgumentParser
import Daemon
import Foundation
import Logging
import Pipeline
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

    /// Keys as `--json` prints them.
    struct Summary: Encodable {
        struct Latency: Encodable {
            var p50: Double
            var p99: Double
        }

        struct Stage: Encodable {
            var p50Ms: Double
            var p99Ms: Double
            var calls: Int

            enum CodingKeys: String, CodingKey {
                case calls
                case p50Ms = "p50_ms"
                case p99Ms = "p99_ms"
            }
        }

        var frames: Int
        var fps: Double
        var cpuMsPerFrame: Double
        var latencyMs: Latency
        /// Measured in the pipeline, where the stages run concurrently; `detect` includes scaling.
        var stages: [String: Stage]
        /// Milliseconds per call of each step, run alone on one thread.
        var aloneMs: [String: Double]
        var limitFps: Double
        var ratio: Double
        var rssMb: Double
        var precision: String
        var cores: Int

        enum CodingKeys: String, CodingKey {
            case frames, fps, stages, ratio, precision, cores
            case cpuMsPerFrame = "cpu_ms_per_frame"
            case latencyMs = "latency_ms"
            case aloneMs = "alone_ms"
            case limitFps = "limit_fps"
            case rssMb = "rss_mb"
        }
    }

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

        let run = try BenchRun(clip: clip, scratch: scratch, networks: networks, detector: detection.detector)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let alone = try StepsAlone(clip: clip, networks: loaded, detector: detection.detector, threads: 1).milliseconds
        let counts = run.counts
        let embeddings = Double(counts.stages[.embed]?.count ?? 0) / Double(max(1, counts.published))
        let perFrame = alone.reduce(0) { $0 + $1.value * ($1.key == "embed" ? embeddings : 1) }
        let fps = Double(counts.published) / run.elapsed.inSeconds
        let limit = Double(cores) * 1000 / perFrame
        var stages: [String: Summary.Stage] = [:]
        for (stage, times) in counts.stages {
            stages[stage == .capture ? "decode" : stage.rawValue] = Summary.Stage(
                p50Ms: Self.percentile(times, 0.5), p99Ms: Self.percentile(times, 0.99), calls: times.count)
        }
        let summary = Summary(
            frames: counts.published, fps: Event.rounded(fps),
            cpuMsPerFrame: Event.rounded(run.cpu.milliseconds / Double(max(1, counts.published))),
            latencyMs: Summary.Latency(
                p50: Self.percentile(counts.latencies, 0.5), p99: Self.percentile(counts.latencies, 0.99)),
            stages: stages, aloneMs: alone.mapValues(Event.rounded), limitFps: Event.rounded(limit),
            ratio: Event.rounded(fps / limit), rssMb: run.residentMegabytes, precision: loaded.engine.precision,
            cores: cores)
        if json { try printJSON(summary) } else { describe(summary) }
    }

    private func describe(_ summary: Summary) {
        print(
            "\(summary.frames) frames at \(summary.fps) fps, which is \(summary.ratio) of the limit of \(summary.limitFps) "
                + "fps on \(summary.cores) cores")
        print(
            "\(summary.cpuMsPerFrame) ms of CPU time per frame; latency \(summary.latencyMs.p50) ms, 99 % within "
                + "\(summary.latencyMs.p99) ms; \(summary.rssMb) MB resident; networks in \(summary.precision)")
        for (name, stage) in summary.stages.sorted(by: { $0.key < $1.key }) {
            print("\(name): \(stage.calls) calls, \(stage.p50Ms) ms, 99 % within \(stage.p99Ms) ms")
        }
        for (name, time) in summary.aloneMs.sorted(by: { $0.key < $1.key }) { print("\(name) alone: \(time) ms") }
    }

    private func measureMatching(upTo people: Int, scratch: URL) throws {
        if !json {
            print("| people | photos | matching | train, s | load, s | match, ms | size, MB |")
            print("|---|---|---|---|---|---|---|")
        }
        try MatchingBench.run(dimension: 128, scratch: scratch, most: people) { row in
            if json {
                try? printJSON(row)
            } else {
                print(
                    "| \(row.people) | \(row.photos) | \(row.matching) | \(row.trainSeconds) | \(row.loadSeconds) | "
                        + "\(row.answerMs) | \(row.megabytes) |")
            }
        }
    }

    static func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : Event.rounded(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))])
    }

    static func demonstrationClip(beside models: URL) throws -> String {
        let clip = models.deletingLastPathComponent().appending(path: "demo/clip.mp4").path
        guard FileManager.default.fileExists(atPath: clip) else {
            throw VisageError(
                .notFound, "The demonstration clip is missing: run `make bench`, or pass a video with --source")
        }
        return clip
    }
}
