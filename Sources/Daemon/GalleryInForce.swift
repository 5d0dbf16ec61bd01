import Foundation
import Logging
import Recognition
import VisageCore

/// The gallery that faces are compared with.
struct GalleryInForce: Sendable {
    /// nil when there is none: everybody is unknown then.
    let current: (classifier: any IdentityClassifier, threshold: Double)?

    /// - Parameter path: empty for none.
    /// - Throws: `VisageError` (gallery) if there is one and it cannot be used.
    init(path: String, embedder: EmbedderOrigin, logger: Logger) throws {
        guard !path.isEmpty else {
            current = nil
            return
        }
        let gallery: Gallery
        do {
            gallery = try GalleryFile.load(URL(filePath: path, directoryHint: .isDirectory))
        } catch let error as VisageError where error.code == .notFound {
            logger.warning("\(error); until then everybody is unknown")
            current = nil
            return
        }
        try gallery.check(embedder, path: path)
        let classifier = try GalleryClassifier(gallery)
        current = (classifier, classifier.threshold)
        logger.info("Gallery \(path): \(gallery.people.count) people, threshold \(Event.rounded(gallery.threshold))")
    }
}
