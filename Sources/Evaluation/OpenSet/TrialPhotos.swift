import Daemon
import Foundation
import Recognition
import VisageCore

/// The photos of a trial that have a face, embedded.
struct TrialPhotos {
    struct Photo {
        let person: String
        let url: URL
        let face: Face
        let sample: FaceSample
    }

    let photos: [Photo]

    /// - Throws: `VisageError` (engine).
    init(_ folder: FacesFolder, _ networks: Networks, _ embedder: any GalleryEmbedder) throws {
        let reader = try networks.photoReader(.yunet, embedder: embedder, input: Verify.detectorInput)
        let progress = Progress("Photos", total: folder.photoCount)
        let done = Counter(progress.update)
        photos = try concurrentMap(
            folder.people.flatMap { person in person.photos.map { (person.name, $0) } }, width: networks.concurrency
        ) { name, url -> Photo? in
            defer { done.increment() }
            guard let data = try? Data(contentsOf: url),
                let found = try reader.readUsable(data, choice: .nearestToCentre)
            else { return nil }
            return Photo(person: name, url: url, face: found.face, sample: found.sample)
        }.compactMap { $0 }
        progress.finish()
    }

    var samples: [OpenSetTrial.Photo] { photos.map { OpenSetTrial.Photo(person: $0.person, sample: $0.sample) } }
}
