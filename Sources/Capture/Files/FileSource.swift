import Foundation
import Imaging
import Synchronization
import VisageCore

/// Frames of a video file: MP4, Matroska, MPEG, AVI, GIF, whatever FFmpeg reads. Nothing is skipped but frames that
/// are damaged; those are counted.
///
/// Frames that are planar 4:2:0 in limited range already, nearly all, are handed on as the decoder wrote them, without
/// a copy. The size may change from one frame to the next. `pts` comes from the file's time stamps, starts at 0 and
/// always grows; where stamps are missing or run backwards the frame rate fills in.
public final class FileSource: FrameSource {
    /// How a file is played.
    public struct Options: Sendable, Hashable {
        public var pace: Pace
        /// At the end start over, with numbers and pts that go on growing.
        public var loop: Bool
        /// Decoder threads, at least 1. More than one decodes ahead and holds more pictures.
        public var threads: Int

        public init(pace: Pace = .realtime, loop: Bool = false, threads: Int = 1) {
            self.pace = pace
            self.loop = loop
            self.threads = threads
        }
    }

    /// The path.
    public let name: String
    public let options: Options
    /// What the file's head says.
    public let info: VideoInfo
    private let cancellation = Cancellation()
    private let progress: Mutex<Progress>
    private let report = Mutex(Report())
    /// Reading and decoding, without the wait until a frame is due.
    private let reading = WorkMeter()
    /// For one frame: a file on a network may take its time.
    private static let readingTimeout = Duration.seconds(60)

    private struct Report {
        var damaged = 0
        var endedEarly: String?
    }

    /// Opens the file.
    /// - Throws: `VisageError`: `.notFound`, `.unreadable` (a folder, empty, not a video) or `.source` (no picture in
    ///   it, or none that can be decoded).
    public init(path: String, options: Options = Options()) throws {
        name = path
        self.options = options
        let player = try FilePlayer(path: path, threads: options.threads)
        info = player.file.info
        progress = Mutex(Progress(player))
    }

    /// Looks at a file without playing it.
    /// - Throws: `VisageError`, as `init` does.
    public static func probe(_ path: String) throws -> VideoInfo { try VideoFile(path: path).info }

    public var losses: SourceLosses {
        var losses = SourceLosses()
        losses.damaged = report.withLock { $0.damaged }
        return losses
    }

    /// Why the file ended before its end, if it did: it is cut short, or cannot be read on.
    public var endedEarly: String? { report.withLock { $0.endedEarly } }

    /// The next frame; at `.realtime` waits until it is due.
    /// - Throws: `VisageError.unreadable` if not one picture of the file can be decoded; when looping also what `init`
    ///   throws, should the file have changed.
    public func next() throws -> SourceEvent? {
        let shot = try progress.withLock { progress in
            reading.begin()
            defer { reading.end() }
            return try progress.next(path: name, options: options, cancellation: cancellation, report: report)
        }
        guard let shot, cancellation.wait(until: shot.due) else { return nil }
        return .frame(
            Frame(number: shot.number, pts: shot.pts, captured: .now, wall: Date(), image: shot.image))
    }

    public func cancel() { cancellation.cancel() }

    public func stall(at now: MonotonicTime) -> String? {
        reading.stall(at: now) > Self.readingTimeout ? "the file does not give frames" : nil
    }

    private struct Shot {
        let number: Int
        let pts: Duration
        let due: MonotonicTime
        let image: PixelBuffer
    }

    /// Where the playing stands.
    private struct Progress: ~Copyable {
        /// nil once it is over.
        private var player: FilePlayer?
        private var converter = PictureConverter()
        private var stamps = StampRepair()
        private var pacer = Pacer()
        private var number = 0
        /// Damage of the passes before this one.
        private var damagedBefore = 0

        init(_ player: FilePlayer) {
            self.player = player
            stamps.mayJump = player.file.mayJump
        }

        mutating func next(
            path: String, options: Options, cancellation: Cancellation, report: borrowing Mutex<Report>
        ) throws -> Shot? {
            while let player {
                let shot = player.next(until: cancellation)
                report.withLock {
                    $0.damaged = damagedBefore + player.damaged
                    $0.endedEarly = player.endedEarly
                }
                if cancellation.isCancelled { return nil }
                if let shot { return try place(shot, player, options.pace) }
                try turnBack(from: player, path: path, options: options)
            }
            return nil
        }

        private mutating func place(_ shot: FilePlayer.Shot, _ player: FilePlayer, _ pace: Pace) throws
            -> Shot
        {
            let image = try converter.buffer(
                shot.picture, orientation: shot.picture.orientation ?? player.file.orientation)
            let pts = Duration.nanoseconds(stamps.next(shot.stamp, duration: shot.duration))
            defer { number += 1 }
            let now = MonotonicTime.now
            return Shot(
                number: number, pts: pts, due: pace == .realtime ? pacer.due(pts, now: now) : now,
                image: image)
        }

        /// At the end of a pass: opens the file again, because not every format allows seeking.
        private mutating func turnBack(from player: FilePlayer, path: String, options: Options) throws {
            self.player = nil
            guard player.delivered > 0 else {
                throw VisageError(
                    .unreadable, "\(path) holds no picture that can be decoded: it is damaged or cut short.",
                    cause: player.endedEarly)
            }
            guard options.loop else { return }
            damagedBefore += player.damaged
            self.player = try FilePlayer(path: path, threads: options.threads)
            stamps.startOver()
        }
    }
}
