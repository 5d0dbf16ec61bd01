import Foundation
import Logging
import Synchronization
import VisageCore

/// Records a camera's frames, or its own packets (see `Recorder+Packets`), into its folder: fragmented MP4, a new file every
/// so often and whenever the picture's size changes, the oldest removed when there are too many. An error, such as a full disk or a folder that was
/// deleted, stops the recording and not the pipeline; it is tried again every few seconds. A power cut loses two
/// seconds at most, unless the disk takes longer than that: see `RecordingSyncer`.
public final class Recorder: FrameRecorder {
    /// How often the limits are checked, in the frames' own time, besides at every new file.
    private static let retentionInterval: Duration = .seconds(30)
    /// Of new files, less the process's umask.
    static let mode: mode_t = 0o640
    /// How long a recording has to go on, in the frames' own time, before an error counts as over: a full disk takes a
    /// second's worth now and then, where giving up a recording has freed space.
    private static let recoveryPeriod: Duration = .seconds(10)

    /// Where the files are.
    public let folder: URL
    private let settings: EncoderSettings
    private let retention: RecordingRetention
    private let clock: @Sendable () -> Date?
    let logger: Logger
    let syncer: RecordingSyncer
    /// Never locked while the disk works: whoever asks for a position must not wait for it.
    let plan: Mutex<RecordingPlan>
    private let writing: Mutex<Writing>
    /// Where the camera's own packets go; nil if they are not recorded.
    let copying: PacketCopying?
    /// Never locked while the disk works.
    private let standing = Mutex(Standing())

    private struct Standing {
        /// The file that is being written, or will be in a moment.
        var current: String?
        /// Why nothing is to be recorded.
        var hold: String?
    }

    private struct Writing {
        var writer: (any SegmentWriter)?
        /// The name of the file that was opened last, or could not be.
        var file: String?
        var retained: Duration = .zero
        var quota: AgeQuota?
        /// Whether the folder is there and takes files.
        var isPrepared = true
        /// What went wrong, until that is over for good.
        var problem: String?
        /// The first frame that could be written after that.
        var recovered: Duration?
    }

    /// Makes the folder if need be.
    /// - Parameters:
    ///   - folder: for this camera's recordings alone; a new one is readable by its owner and group only
    ///   - segmentLength: of a file, more than 0
    ///   - copies: whether the camera's own packets are recorded, as far as it sends some that can be
    ///   - clock: the time, by which files grow old; nil while it is not trusted
    ///   - waitsForFolder: a folder in which no files can be made is only warned about, and tried again with later frames
    /// - Throws: `VisageError.unwritable` if files cannot be made there, unless `waitsForFolder`.
    public init(
        folder: URL, settings: EncoderSettings = .init(), segmentLength: Duration = .seconds(600),
        retention: RecordingRetention = .init(), copies: Bool = false,
        clock: @escaping @Sendable () -> Date? = { Date() }, waitsForFolder: Bool = false, logger: Logger
    ) throws {
        self.folder = folder
        self.settings = settings
        self.retention = retention
        self.clock = clock
        self.logger = logger
        syncer = RecordingSyncer(name: "\(folder.lastPathComponent).sync".suffix(15).description)
        writing = Mutex(Writing(quota: retention.quota))
        plan = Mutex(RecordingPlan(segmentLength: segmentLength))
        copying =
            copies
            ? PacketCopying(
                name: folder.lastPathComponent,
                // What is being written cannot be deleted.
                plan: PacketPlan(
                    segmentLength: segmentLength, maxBytes: retention.maxBytes.map { max(1 << 20, $0 / 8) }))
            : nil
        do {
            try Recorder.prepare(folder)
            readNames()
        } catch {
            guard waitsForFolder else { throw error }
            writing.withLock { writing in
                writing.isPrepared = false
                warn(error, &writing)
            }
        }
    }

    /// The file that is being written; nil while none is.
    public var file: String? { writing.withLock { $0.writer == nil ? nil : $0.file } }

    /// Why nothing can be written at present; nil while it can.
    public var problem: String? {
        standing.withLock { $0.hold } ?? writing.withLock { $0.writer == nil ? $0.problem : nil }
    }

    /// The name of the file that is being written or will be in a moment: whoever deletes recordings asks after looking
    /// for them. Does not wait for the disk.
    package var current: String? { standing.withLock { $0.current } }

    /// Ends the file, and records nothing as long as there is a reason not to.
    /// - Parameter reason: for a person; nil to go on
    package func hold(_ reason: String?) {
        let was = standing.withLock { standing in
            defer { standing.hold = reason }
            return standing.hold
        }
        guard (was == nil) != (reason == nil) else { return }
        plan.withLock { $0.hold(reason != nil) }
        holdPackets(reason != nil)
        guard let reason else { return }
        // Frames that are still on their way to the file find no writer and are dropped.
        complete()
        writing.withLock { warn("Not recording: \(reason)", because: reason, &$0) }
    }

    /// Somebody has deleted these recordings.
    package func deleted(_ names: some Sequence<String>) { plan.withLock { $0.release(names) } }

    public func position(of frame: Frame) -> RecordingPosition? {
        if let copying, copying.isOn { return copying.position(of: frame) }
        return plan.withLock { $0.position(of: frame) }
    }

    public func write(_ frame: Frame, at position: RecordingPosition) {
        // Frames that were on their way when the camera's own packets began to come.
        guard !copiesPackets else { return }
        write(to: position.file, at: frame.pts) { path in
            try VideoFileWriter(
                path: path, width: frame.image.width, height: frame.image.height,
                matrix: frame.image.matrix, settings: settings, mode: Self.mode, replacing: false)
        } append: { (writer: VideoFileWriter) in
            try writer.append(frame.image, pts: frame.pts)
            return false
        }
    }

    /// Writes into a file, which is begun if it is another one than the last. If that fails, nothing is written for a while.
    /// - Parameters:
    ///   - time: grows
    ///   - open: makes the file at a path, and with it another one that belongs to it, if there is one
    ///   - append: returns whether the limits have to be checked now
    func write<Writer: SegmentWriter>(
        to file: String, at time: Duration, companion: Bool = false, open: (String) throws -> Writer,
        append: (Writer) throws -> Bool
    ) {
        writing.withLock { writing in
            do {
                if let failure = syncer.takeFailure(), writing.writer != nil { throw failure }
                if writing.file != file { try start(file, time, &writing, companion, open) }
                guard let writer = writing.writer as? Writer else { return }
                let isDue = try append(writer)
                if writing.problem != nil { recover(file, time, &writing) }
                if isDue || time - writing.retained >= Recorder.retentionInterval { retain(file, time, &writing) }
            } catch {
                stop(error, file, time, &writing)
            }
        }
    }

    public func interrupt() {
        plan.withLock { $0.interrupt() }
        copying?.interrupt()
    }

    public func complete() {
        if copiesPackets { settlePackets() } else { completeFile() }
    }

    /// Completes the file that was written last.
    private func completeFile() { writing.withLock { complete(&$0) } }

    /// Completes the file that packets are written into, if one is open.
    func completePackets() {
        writing.withLock { if $0.writer is PacketFileWriter { complete(&$0) } }
    }

    public func finish() {
        plan.withLock { $0.finish() }
        copying?.finish()
        writing.withLock { complete(&$0) }
        completeSubtitles()
    }

    /// Ends the file because of what has gone wrong with something that belongs to it.
    func fail(_ error: any Error, _ file: String, at time: Duration) {
        writing.withLock { writing in
            guard writing.file == file, writing.writer != nil else { return }
            stop(error, file, time, &writing)
        }
    }

    private func start<Writer: SegmentWriter>(
        _ file: String, _ time: Duration, _ writing: inout Writing, _ companion: Bool,
        _ open: (String) throws -> Writer
    ) throws {
        complete(&writing)
        writing.file = file
        // Before it is made: from then on somebody may look for files to delete.
        standing.withLock { $0.current = file }
        if !writing.isPrepared {
            try Recorder.prepare(folder)
            readNames()
            writing.isPrepared = true
        }
        retain(file, time, &writing)
        let path = folder.appending(path: file).path
        let writer = try open(path)
        try syncer.begin(path, with: companion ? RecordingName.subtitles(of: path) : nil)
        writer.whenFlushed { [syncer] in syncer.wrote() }
        writing.writer = writer
    }

    private func complete(_ writing: inout Writing) {
        guard let writer = writing.writer else { return }
        defer { release(&writing) }
        do {
            try writer.close()
        } catch {
            logger.warning(
                "A recording could not be completed; it ends early.", metadata: ["error": "\(error)"])
        }
    }

    /// Lets the file go, which ends with what is complete of it.
    private func release(_ writing: inout Writing) {
        writing.writer = nil
        syncer.end()
        standing.withLock { $0.current = nil }
    }

    /// Frames still on their way to this file find no writer and are dropped.
    private func stop(_ error: any Error, _ file: String, _ time: Duration, _ writing: inout Writing) {
        release(&writing)
        // The folder may have been deleted.
        writing.isPrepared = false
        plan.withLock { $0.failed(file, at: time) }
        copying?.failed(file)
        warn(error, &writing)
    }

    private func warn(_ error: any Error, _ writing: inout Writing) {
        let pause = RecordingPlan.pause.components.seconds
        warn("Not recording; tried again every \(pause) s: \(error)", because: "\(error)", &writing)
    }

    /// Warns once until recording works again, and not every few seconds.
    private func warn(_ line: String, because problem: String, _ writing: inout Writing) {
        writing.recovered = nil
        defer { writing.problem = problem }
        guard writing.problem == nil else { return }
        logger.warning("\(line)", metadata: ["camera": "\(folder.lastPathComponent)"])
    }

    /// Says that recording works again once it has for `recoveryPeriod`.
    private func recover(_ file: String, _ time: Duration, _ writing: inout Writing) {
        let since = writing.recovered ?? time
        writing.recovered = min(since, time)
        guard time - since >= Recorder.recoveryPeriod else { return }
        writing.problem = nil
        logger.notice("Recording again.", metadata: ["file": "\(file)"])
    }

    private func retain(_ file: String, _ time: Duration, _ writing: inout Writing) {
        writing.retained = time
        let removed = retention.apply(to: folder, keeping: file, now: clock(), quota: &writing.quota)
        plan.withLock { $0.release(removed) }
        if !removed.isEmpty { logger.debug("Old recordings removed.", metadata: ["files": "\(removed)"]) }
    }

    /// Takes note of the recordings that are there. One that another program makes later is not overwritten: writing
    /// fails, and is tried again under another name.
    private func readNames() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        plan.withLock { $0.reserve(names.filter(RecordingName.matches)) }
    }

    private static func prepare(_ folder: URL) throws {
        func failure(_ cause: String) -> VisageError {
            VisageError(
                .unwritable,
                "The recording folder \(folder.path) cannot be written: give it to the user that visaged runs as, or "
                    + "name another.", cause: cause)
        }
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch {
            throw failure(error.systemReason)
        }
        // Permissions alone do not tell: a disk can be read-only, full or gone.
        let probe = folder.appending(path: ".visage-\(UUID().uuidString)").path
        let file = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(String(cString: strerror(errno))) }
        close(file)
        unlink(probe)
    }
}
