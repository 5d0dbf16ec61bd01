import Pipeline
import VisageCore

/// The figures of a measurement with live cameras; keys as `visage bench --cameras N --json` prints them.
package struct LiveSummary: Encodable {
    package struct Camera: Encodable {
        package let camera: String
        package let fps: Double
        package let skipped: Int
        package let ageMs: BenchSummary.Latency

        enum CodingKeys: String, CodingKey {
            case camera, fps, skipped
            case ageMs = "age_ms"
        }
    }

    package let cameras: Int
    package let recording: String
    /// Measured, in seconds.
    package let seconds: Double
    /// Decided on, of all cameras.
    package let frames: Int
    /// Of a camera, the mean of all.
    package let fps: Double
    /// Frames that a newer one replaced, or that were too old, of all cameras; and those that came damaged, or never.
    package let skipped: Int
    package let damaged: Int
    package let missed: Int
    /// Decided on and not recorded, because the recorder was too slow.
    package let unrecorded: Int
    /// From the camera's having sent a frame to its having been decided on.
    package let ageMs: BenchSummary.Latency
    /// Of one core, of the daemon and its capture processes together.
    package let cpuPercent: Double
    package let cpuMsPerFrame: Double
    /// Processor time a frame, by stage.
    package let processorMs: [String: Double]
    /// Of the daemon and its capture processes together, and of both apart. Common memory counts once if `isPSS`.
    package let rssMb: Double
    package let daemonMb: Double
    package let captureMb: Double
    package let isPSS: Bool
    package let threads: Int
    package let precision: String
    package let cores: Int
    package let each: [Camera]

    enum CodingKeys: String, CodingKey {
        case cameras, recording, seconds, frames, fps, skipped, damaged, missed, unrecorded, threads, precision, cores
        case each
        case ageMs = "age_ms"
        case cpuPercent = "cpu_percent"
        case cpuMsPerFrame = "cpu_ms_per_frame"
        case processorMs = "processor_ms"
        case rssMb = "rss_mb"
        case daemonMb = "daemon_mb"
        case captureMb = "capture_mb"
        case isPSS = "is_pss"
    }

    /// - Parameter precision: of the networks.
    package init(_ run: LiveBench, recording: BenchRecording, precision: String, cores: Int) {
        let seconds = run.elapsed.inSeconds
        let all = run.counts.values
        let total = run.daemon + run.capture
        let ages = all.flatMap(\.latencies)
        cameras = run.counts.count
        self.recording = recording.rawValue
        self.seconds = seconds.roundedToFourDecimals
        let frames = all.reduce(0) { $0 + $1.published }
        self.frames = frames
        fps = (Double(frames) / seconds / Double(max(1, cameras))).roundedToFourDecimals
        skipped = run.losses.values.reduce(0) { $0 + $1.skipped }
        damaged = run.losses.values.reduce(0) { $0 + $1.damaged }
        missed = run.losses.values.reduce(0) { $0 + $1.missed }
        unrecorded = all.reduce(0) { $0 + $1.unrecorded }
        ageMs = .init(p50: BenchSummary.percentile(ages, 0.5), p99: BenchSummary.percentile(ages, 0.99))
        cpuPercent = (total.inSeconds / seconds * 100).roundedToFourDecimals
        cpuMsPerFrame = (total.milliseconds / Double(max(1, frames))).roundedToFourDecimals
        let stages = all.reduce(into: [PipelineStatistics.Stage: Duration]()) {
            $0.merge($1.processor, uniquingKeysWith: +)
        }
        processorMs = ProcessorShares.perFrame(
            frames: frames, total: total, stages: stages, networks: run.networks, scaling: run.scaling,
            capture: run.capture)
        let captureBytes = run.captureMemory.reduce(0) { $0 + $1.bytes }
        rssMb = Self.megabytes(run.daemonMemory.bytes + captureBytes)
        daemonMb = Self.megabytes(run.daemonMemory.bytes)
        captureMb = Self.megabytes(captureBytes)
        isPSS = run.daemonMemory.isProportional && run.captureMemory.allSatisfy(\.isProportional)
        threads = run.threads
        self.precision = precision
        self.cores = cores
        each = run.counts.map { name, counts in
            Camera(
                camera: name, fps: (Double(counts.published) / seconds).roundedToFourDecimals,
                skipped: run.losses[name]?.skipped ?? 0,
                ageMs: .init(
                    p50: BenchSummary.percentile(counts.latencies, 0.5),
                    p99: BenchSummary.percentile(counts.latencies, 0.99)))
        }.sorted { ($0.camera.count, $0.camera) < ($1.camera.count, $1.camera) }
    }

    private static func megabytes(_ bytes: Int) -> Double { (Double(bytes) / 104_857.6).rounded() / 10 }
}
