import Events
import Pipeline
import VisageCore

/// The figures of a speed measurement; keys as `visage bench --json` prints them.
package struct BenchSummary: Encodable {
    package struct Latency: Encodable {
        package let p50: Double
        package let p99: Double
    }

    package struct Stage: Encodable {
        package let p50Ms: Double
        package let p99Ms: Double
        package let calls: Int

        enum CodingKeys: String, CodingKey {
            case calls
            case p50Ms = "p50_ms"
            case p99Ms = "p99_ms"
        }
    }

    package let frames: Int
    package let fps: Double
    package let cpuMsPerFrame: Double
    /// Its parts: processor time a frame, by stage.
    package let processorMs: [String: Double]
    package let latencyMs: Latency
    /// Measured in the pipeline, where the stages run concurrently; `detect` includes scaling.
    package let stages: [String: Stage]
    /// Milliseconds per call of each step, run alone on one thread.
    package let aloneMs: [String: Double]
    /// The rate that the cores could reach if only these steps took time.
    package let limitFps: Double
    /// `fps` divided by `limitFps`.
    package let ratio: Double
    package let rssMb: Double
    package let precision: String
    package let cores: Int

    enum CodingKeys: String, CodingKey {
        case frames, fps, stages, ratio, precision, cores
        case cpuMsPerFrame = "cpu_ms_per_frame"
        case processorMs = "processor_ms"
        case latencyMs = "latency_ms"
        case aloneMs = "alone_ms"
        case limitFps = "limit_fps"
        case rssMb = "rss_mb"
    }

    /// - Parameters:
    ///   - alone: milliseconds per call of each step that the run has, run alone on one thread.
    ///   - precision: of the networks.
    package init(_ run: BenchRun, alone: [String: Double], precision: String, cores: Int) {
        let counts = run.counts
        let published = Double(max(1, counts.published))
        let embeddings = Double(counts.stages[.embed]?.count ?? 0) / published
        let perFrame = alone.reduce(0) { $0 + $1.value * ($1.key == "embed" ? embeddings : 1) }
        let fps = Double(counts.published) / run.elapsed.inSeconds
        let limit = Double(cores) * 1000 / perFrame
        frames = counts.published
        self.fps = fps.roundedToFourDecimals
        cpuMsPerFrame = (run.cpu.milliseconds / published).roundedToFourDecimals
        processorMs = ProcessorShares.perFrame(
            frames: counts.published, total: run.cpu, stages: counts.processor, networks: run.networks,
            scaling: run.scaling, capture: nil)
        latencyMs = Latency(
            p50: Self.percentile(counts.latencies, 0.5), p99: Self.percentile(counts.latencies, 0.99))
        var stages: [String: Stage] = [:]
        for (stage, times) in counts.stages {
            stages[stage == .capture ? "decode" : stage.rawValue] = Stage(
                p50Ms: Self.percentile(times, 0.5), p99Ms: Self.percentile(times, 0.99), calls: times.count)
        }
        self.stages = stages
        aloneMs = alone.mapValues(\.roundedToFourDecimals)
        limitFps = limit.roundedToFourDecimals
        ratio = (fps / limit).roundedToFourDecimals
        rssMb = run.residentMegabytes
        self.precision = precision
        self.cores = cores
    }

    /// - Parameter share: of the values that are not above the result, 0 to 1.
    /// - Returns: 0 without values.
    package static func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty
            ? 0 : (sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]).roundedToFourDecimals
    }
}
