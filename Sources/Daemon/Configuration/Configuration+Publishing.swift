import Foundation
import Logging
import Publishing
import VisageConfiguration
import VisageCore

extension Configuration.Events {
    /// How much the log keeps.
    var retention: EventLog.Retention {
        EventLog.Retention(age: .seconds(keepDays * 86_400), bytes: Int64(keepMB) << 20)
    }
}

extension Configuration.Recording {
    /// What writes a camera's recording; nil if nothing is recorded.
    /// - Parameters:
    ///   - mode: of this camera
    ///   - retriesFolder: a folder that cannot be written is logged and tried again with later frames.
    ///   - clock: the time, by which files grow old; nil while it is not trusted.
    /// - Throws: `VisageError` (unwritable) if the folder cannot be written, unless that is tried again.
    func recorder(
        for camera: String, mode: Configuration.RecordingMode, retriesFolder: Bool,
        clock: @escaping @Sendable () -> Date?,
        logger: Logger
    ) throws -> Recorder? {
        guard enabled else { return nil }
        // A full disk may have room again, also for a file that is played.
        let waits = retriesFolder || FreeSpace.isExhausted(at: folder)
        return try Recorder(
            folder: URL(filePath: folder, directoryHint: .isDirectory)
                .appending(path: camera, directoryHint: .isDirectory),
            settings: EncoderSettings(preset: preset, crf: crf), segmentLength: .seconds(segmentMinutes * 60),
            retention: RecordingRetention(maxBytes: Int64(keepMB) << 20, maxAge: .seconds(keepDays * 86_400)),
            copies: mode == .copy, clock: clock, waitsForFolder: waits, logger: logger)
    }
}
