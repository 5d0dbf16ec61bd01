import Foundation
import Imaging
import ModelLoading
import Recognition
import VisageCore

/// The photos of a trial that have a face, embedded.
package struct TrialPhotos {
    /// A photo with the face nearest its center.
    package struct Photo: Sendable {
        package let person: String
        package let url: URL
        package let face: Face
        package let sample: FaceSample
    }

    package let photos: [Photo]

    /// - Parameter progress: shows the progress.
    /// - Throws: `VisageError` (engine).
    package init(
        _ folder: FacesFolder, _ networks: Networks, _ embedder: any GalleryEmbedder, progress: ProgressStart
    ) throws {
        let reader = try networks.photoReader(.yunet, embedder: embedder, input: Verification.detectorInput)
        let display = progress("Photos", folder.photoCount)
        let done = Counter(display.update)
        photos = try concurrentMap(
            folder.people.flatMap { person in person.photos.map { (person.name, $0) } }, width: networks.concurrency
        ) { name, url -> Photo? in
            defer { done.increment() }
            guard let data = try? Imaging.Photo.read(url),
                let found = try reader.readUsable(data, choice: .nearestToCenter)
            else { return nil }
            return Photo(person: name, url: url, face: found.face, sample: found.sample)
        }.compactMap { $0 }
        display.finish()
    }

    package var samples: [OpenSetTrial.Photo] {
        photos.map { OpenSetTrial.Photo(person: $0.person, sample: $0.sample) }
    }
}
