import Foundation
import Recognition
import VisageCore

/// Trains a gallery anew with what it was made with, out of its own faces with somebody added or taken away.
public struct GalleryUpdate {
    public let folder: URL
    public let faces: FacesFolder
    /// nil while there is none.
    public let gallery: Gallery?
    private let trainer: Trainer
    private let options: Trainer.Options
    private let progress: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - folder: the gallery's
    ///   - gallery: what is there now
    ///   - trainer: with the gallery's own detector and embedder
    /// - Throws: `VisageError` (notFound) if the gallery's strangers are gone.
    public init(
        _ folder: URL, gallery: Gallery?, faces: FacesFolder, trainer: Trainer,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.folder = folder
        self.gallery = gallery
        self.faces = faces
        self.trainer = trainer
        self.progress = progress
        var options = Trainer.Options()
        if let description = gallery?.description {
            options.matching = description.matching
            options.head = gallery?.head
            options.falseNames = description.calibration.rule.falseNames
            options.strangers = try description.sources?.strangers.map {
                try FacesFolder(URL(filePath: $0, directoryHint: .isDirectory))
            }
        }
        self.options = options
    }

    /// - Parameter name: who may be forgotten
    /// - Throws: `VisageError` (gallery) if training would forget somebody else.
    func check(without name: String? = nil) throws {
        let missing = Set(gallery?.people ?? []).subtracting(faces.people.map(\.name) + [name].compactMap { $0 })
        guard let first = missing.min() else { return }
        throw VisageError(
            .gallery,
            "The gallery \(folder.path) knows \(first)\(missing.count > 1 ? " and \(missing.count - 1) more" : ""), of "
                + "whom there are no photos in \(faces.folder.path): they would be forgotten. Name the folder that it was "
                + "trained from with --faces, or train it anew")
    }

    /// - Throws: `VisageError` (gallery) if nobody has a usable photo.
    public func train(_ faces: FacesFolder) throws -> Trainer.Report {
        try trainer.train(faces, earlier: gallery, options: options, progress: progress)
    }
}
