import Foundation
import VisageCore

extension Configuration {
    /// `recording`: the video on disk.
    public struct Recording: ConfigurationSection {
        /// Whether video is recorded.
        public var enabled = true
        /// What is recorded.
        public var mode = RecordingMode.annotated
        /// The folder that has one folder for each camera. Must not be empty while `enabled`.
        public var folder = "/var/lib/visage/recordings"
        /// The length of one file in minutes, 0.05 to 1440.
        public var segmentMinutes = 10.0
        /// Days after which a file is deleted, 1 to 36,500.
        public var keepDays = 30
        /// The size of one camera's recordings in MiB beyond which the oldest files are deleted, 1 to 100,000,000.
        public var keepMB = 10_240
        /// The libx264 preset: slower ones make smaller files. `placebo` is refused, because it is far slower than
        /// `veryslow` and its files are hardly smaller.
        public var preset = "superfast"
        /// The constant rate factor of libx264, 0 to 51: lower means better pictures and larger files.
        public var crf = 23

        public init() {}

        enum CodingKeys: String, CodingKey {
            case enabled, mode, folder
            case segmentMinutes = "segment_minutes"
            case keepDays = "keep_days"
            case keepMB = "keep_mb"
            case preset, crf
        }

        static let choices = [CodingKeys.mode.stringValue: RecordingMode.allCases.map(\.rawValue)]

        func validate() throws(ConfigurationProblem) {
            if enabled, folder.isEmpty {
                throw ConfigurationProblem(CodingKeys.folder, "is empty; set `enabled: false` to record nothing")
            }
            try ConfigurationProblem.check(segmentMinutes, CodingKeys.segmentMinutes, in: 0.05...1440)
            try ConfigurationProblem.check(keepDays, CodingKeys.keepDays, in: 1...36_500)
            try ConfigurationProblem.check(keepMB, CodingKeys.keepMB, in: 1...100_000_000)
            try ConfigurationProblem.check(crf, CodingKeys.crf, in: 0...51)
            let presets = EncoderSettings.presets.filter { $0 != "placebo" }
            if !presets.contains(preset) {
                throw ConfigurationProblem(CodingKeys.preset, "should be one of \(presets.joined(separator: ", "))")
            }
        }
    }

    /// What is recorded of a camera.
    public enum RecordingMode: String, Codable, Sendable, CaseIterable {
        /// Boxes and names are drawn on the decoded frames, which are encoded as H.264.
        case annotated
        /// The camera's own packets as they are, and boxes and names beside them as subtitles. Network cameras only.
        case copy
    }

    /// What is recorded of one camera.
    public enum CameraRecordingMode: String, Codable, Sendable, CaseIterable {
        /// What `recording.mode` says.
        case `default`
        case annotated
        case copy
    }

    /// What is recorded of a camera.
    package func recordingMode(of camera: Camera) -> RecordingMode {
        switch camera.recordingMode {
        case .default: recording.mode
        case .annotated: .annotated
        case .copy: .copy
        }
    }

    /// Refuses to copy what is known to have no packets.
    func validateRecordingMode(of camera: Camera) throws(ConfigurationProblem) {
        guard recordingMode(of: camera) == .copy, let source = try? CameraSource(camera.source) else { return }
        let kind: String
        switch source {
        case .network: return
        case .device: kind = "a webcam"
        case .file: kind = "a file"
        }
        let reason = "only the packets of rtsp:// cameras can be copied"
        if camera.recordingMode == .copy {
            throw ConfigurationProblem(
                Camera.CodingKeys.recordingMode, "cannot be copy for \(kind): \(reason); remove it")
        }
        throw ConfigurationProblem(
            Camera.CodingKeys.source,
            "is \(kind), and `recording.mode` is copy: \(reason); set `recording_mode: annotated` for this camera")
    }
}
