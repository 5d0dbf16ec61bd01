import Foundation
import Recognition
import Storage
import VisageCore

/// Trains a gallery anew with what it was made with, out of its own faces with somebody added or taken away. While one exists,
/// no other command changes the faces.
public struct GalleryUpdate {
    public let folder: URL
    public let faces: FacesFolder
    /// nil while there is none.
    public let gallery: Gallery?
    /// Why the strangers that the gallery was calibrated with cannot be used; nil if they can, or if there are none.
    public let strangersGone: VisageError?
    let lock: FacesLock
    let trainer: Trainer
    private let options: Trainer.Options
    private let progress: @Sendable (Int) -> Void

    /// The result of a training.
    public struct Result: Sendable {
        public let training: Trainer.Report
        /// Photos of the gallery's people that can no longer be used, each with the reason.
        public let lost: [Trainer.LeftOut]
    }

    /// - Parameters:
    ///   - folder: the gallery's
    ///   - gallery: what is there now
    ///   - lock: on the faces, taken before anything was read
    ///   - strangers: in place of those that the gallery was calibrated with
    ///   - trainer: with the gallery's own detector and embedder
    /// - Throws: `VisageError` (unreadable) if the faces cannot be read.
    public init(
        _ folder: URL, gallery: Gallery?, lock: FacesLock, strangers: FacesFolder? = nil, trainer: Trainer,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.folder = folder
        self.gallery = gallery
        self.lock = lock
        self.trainer = trainer
        self.progress = progress
        faces = try FacesFolder.ifAny(lock.faces)
        try? UnfinishedGallery(of: folder).clear()
        var options = Trainer.Options()
        options.strangers = strangers
        var gone: VisageError?
        if let description = gallery?.description {
            options.matching = description.matching
            options.head = gallery?.head
            options.falseNames = description.calibration.rule.falseNames
            if strangers == nil, let path = description.sources?.strangers {
                do {
                    options.strangers = try FacesFolder(URL(filePath: path, directoryHint: .isDirectory))
                } catch let error as VisageError {
                    // Made for as many people or more: no more strangers than were allowed get a name.
                    (gone, options.rule) = (error, description.calibration.rule)
                }
            }
        }
        strangersGone = gone
        self.options = options
    }

    /// - Parameter name: who may be forgotten
    /// - Throws: `VisageError` (gallery) if nobody has a usable photo, or if somebody else of the gallery would be
    ///   forgotten.
    public func train(_ faces: FacesFolder, without name: String? = nil) throws -> Result {
        let wanted = Set(gallery?.people ?? []).subtracting([name].compactMap { $0 })
        try check(wanted.subtracting(faces.people.map(\.name)))
        var report = try trainer.train(faces, earlier: gallery, options: options, progress: progress)
        if strangersGone != nil {
            report.gallery.description.sources?.strangers = gallery?.description.sources?.strangers
        }
        let lost = report.leftOut.filter(isNews)
        guard let first = wanted.subtracting(report.gallery.people).min() else {
            return Result(training: report, lost: lost)
        }
        let photos = Set(faces.people.first { $0.name == first }?.photos ?? [])
        let why = report.leftOut.first { photos.contains($0.photo) }
            .map { "; the first, \($0.photo.path): \($0.reason)" }
        throw VisageError(
            .gallery,
            "None of the \(photos.count) photos of \(first) can be used any more, who would be forgotten too\(why ?? ""). "
                + "Mend them, or train the gallery anew with `visage train`")
    }

    private func check(_ missing: Set<String>) throws {
        guard let first = missing.min() else { return }
        throw VisageError(
            .gallery,
            "The gallery \(folder.path) knows \(first)\(missing.count > 1 ? " and \(missing.count - 1) more" : ""), of "
                + "whom there are no photos in \(faces.folder.path): they would be forgotten. Name the folder that it was "
                + "trained from with --faces, or train it anew")
    }

    /// Whether it was not so when the gallery was made.
    private func isNews(_ photo: Trainer.LeftOut) -> Bool {
        let owner = faces.people.first { $0.photos.contains(photo.photo) }
        guard let gallery, let owner, gallery.people.contains(owner.name) else { return false }
        guard let digest = try? FileDigest.sha256(of: photo.photo) else { return true }
        // Of a photo that was used, a copy may be left out.
        if gallery.samples.contains(where: { $0.photo == digest }) { return !photo.isCopy }
        return gallery.description.leftOut[digest] == nil
            && gallery.description.ambiguous?.contains(digest) != true
    }
}
