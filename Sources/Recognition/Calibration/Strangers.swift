import Foundation
import Imaging
import VisageCore

/// Faces of people who are not to be known.
struct Strangers: Sendable {
    let faces: [(person: String, embedding: Embedding)]
    /// People of the folder who are in the gallery and do not count.
    let namesakes: [String]

    /// - Parameter progress: called after each photo; from any thread.
    /// - Throws: `VisageError` (engine).
    init(
        _ folder: FacesFolder, besides known: [String], _ reader: PhotoReader, width: Int,
        progress: @escaping @Sendable () -> Void
    ) throws {
        let (photos, namesakes) = folder.without(known)
        self.namesakes = namesakes
        faces = try concurrentMap(photos, width: width) { person, url -> (String, Embedding)? in
            defer { progress() }
            guard let data = try? Photo.read(url) else { return nil }
            return try reader.readUsable(data, choice: .largest).map { (person, $0.sample.embedding) }
        }.compactMap { $0 }
    }
}
