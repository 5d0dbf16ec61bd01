import Foundation
import Imaging
import Pipeline
import Publishing
import Storage
import VisageCore

/// Writes annotated copies of photos and videos into a folder, without overwriting existing files.
final class AnnotatedCopies {
    private let folder: URL
    private let annotator: Annotator
    private let scaler = Scaler()
    /// The first picture, until it is known whether there are more.
    private var first: PixelBuffer?
    /// The video file that is being written, and what its pictures are.
    private var video: (writer: VideoFileWriter, format: Format)?

    /// What must not change within a video file.
    private struct Format: Equatable {
        let width: Int
        let height: Int
        let matrix: PixelBuffer.Matrix

        init(_ picture: PixelBuffer) { (width, height, matrix) = (picture.width, picture.height, picture.matrix) }
    }

    /// - Throws: `VisageError` (unwritable, notFound).
    init(folder: URL) throws {
        self.folder = folder
        annotator = try Annotator()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw VisageError(.unwritable, "\(folder.path) cannot be created", cause: error.systemReason)
        }
    }

    /// Adds one picture of `file`. What has only one becomes a picture, what has more a video, and a further video wherever
    /// the pictures change in size.
    /// - Parameter pts: time since the first picture of `file`
    /// - Throws: `VisageError` (unwritable, engine).
    func add(_ picture: PixelBuffer, of file: URL, pts: Duration, answers: [(Face, Match?)]) throws {
        let marks = answers.map { face, match in
            let identity: Identity = match.flatMap { $0.accepted ? .person($0.name) : nil } ?? .unknown(id: "")
            return FaceMark(box: face.box, verdict: Verdict(identity: identity, match: match, samples: 1))
        }
        let pool = PixelBufferPool(width: picture.width, height: picture.height)
        let annotated = annotator.annotate(picture, with: marks, pool: pool)
        if video == nil {
            guard let earlier = first else {
                first = annotated
                return
            }
            first = nil
            try append(earlier, of: file, pts: .zero)
        }
        try append(annotated, of: file, pts: pts)
    }

    private func append(_ picture: PixelBuffer, of file: URL, pts: Duration) throws {
        let format = Format(picture)
        if let video, video.format == format { return try video.writer.append(picture, pts: pts) }
        try video?.writer.close()
        video = nil
        let writer = try VideoFileWriter(
            path: target(for: file, ending: "mp4").path, width: format.width, height: format.height,
            matrix: format.matrix, settings: EncoderSettings(threads: ProcessInfo.processInfo.activeProcessorCount),
            replacing: false)
        video = (writer, format)
        try writer.append(picture, pts: pts)
    }

    /// Completes the copy of `file`; the copy of a video that ended early has the frames up to there. Has to be called
    /// before the first image of the next file, even if `add` has thrown.
    func finish(_ file: URL) throws {
        defer {
            first = nil
            video = nil
        }
        if let video { return try video.writer.close() }
        guard let first else { return }
        let bytes = try Photo.encode(first, as: .jpeg, quality: 92, scaler: scaler)
        let copy = target(for: file, ending: "jpg")
        try DurableFile.replace(Data(bytes), at: copy, mode: 0o666)
    }

    /// A name that is not taken in the folder: an existing file may be the original, or the copy of another input.
    private func target(for file: URL, ending: String) -> URL {
        let stem = file.deletingPathExtension().lastPathComponent
        var copy = folder.appending(path: "\(stem).\(ending)")
        var number = 2
        // attributesOfItem does not follow links, so a dangling link counts as taken.
        while (try? FileManager.default.attributesOfItem(atPath: copy.path)) != nil {
            copy = folder.appending(path: "\(stem)-\(number).\(ending)")
            number += 1
        }
        return copy
    }
}
