import Foundation
import Imaging
import VisageCore

extension PhotoReader {
    /// The embeddings of the photos in a folder that show exactly one face.
    /// - Parameter progress: called after each photo with the number of photos done; from any thread.
    /// - Returns: those of each person, in the order of `folder.people`.
    /// - Throws: `VisageError` (engine).
    package func embeddings(
        of folder: FacesFolder, concurrency: Int, progress: @escaping @Sendable (Int) -> Void
    ) throws -> [[Embedding]] {
        let done = Counter(progress)
        let photos = folder.people.enumerated().flatMap { index, person in person.photos.map { (index, $0) } }
        let found = try concurrentMap(photos, width: concurrency) { person, url -> (Int, Embedding)? in
            defer { done.increment() }
            guard let data = try? Photo.read(url) else { return nil }
            return try readUsable(data, choice: .single).map { (person, $0.sample.embedding) }
        }.compactMap { $0 }
        let byPerson = Dictionary(grouping: found, by: \.0)
        return folder.people.indices.map { byPerson[$0]?.map(\.1) ?? [] }
    }
}
