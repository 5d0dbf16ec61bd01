import Foundation
import Recognition
import VisageCore

/// Removes a person of the gallery: from the gallery first, then the photos, then unknown people who are this person.
/// Who is killed in between leaves what the same command needs to come to its end the next time.
public struct Forgetting {
    public let name: String
    private let store: UnknownStore
    private let update: GalleryUpdate
    /// Unknown people who are this person, most alike first.
    public let traces: [(person: UnknownPerson, similarity: Double)]

    /// Whether gallery or photos have the name.
    public let isKnown: Bool

    /// - Parameter people: the unknown people that there are
    /// - Throws: `VisageError` (gallery) if it is damaged.
    public init(_ name: String, among people: [UnknownPerson], store: UnknownStore, update: GalleryUpdate) throws {
        self.name = name
        self.store = store
        self.update = update
        let gallery = update.gallery
        let index = gallery?.people.firstIndex(of: name)
        isKnown = index != nil || FileManager.default.fileExists(atPath: Self.place(name, update).path)
        guard let gallery, let index else {
            traces = []
            return
        }
        // The gallery's own measure: who is above it would get the name.
        let mean = try gallery.means()[index]
        traces = people.filter { $0.embedder.isCompatible(with: gallery.description.embedder) }
            .map { ($0, $0.embedding.embedding.similarity(mean)) }
            .filter { $0.1 >= gallery.threshold }.sorted { $0.1 > $1.1 }
    }

    /// All names, sorted.
    public var names: [String] {
        Set((update.gallery?.people ?? []) + update.faces.people.map(\.name)).sorted()
    }

    /// The photos' folder, whether it is there or not.
    public var place: URL { Self.place(name, update) }

    private static func place(_ name: String, _ update: GalleryUpdate) -> URL {
        update.faces.folder.appending(path: name, directoryHint: .isDirectory)
    }

    /// - Returns: how many are left in the gallery.
    /// - Throws: `VisageError`.
    public func run() throws -> Int {
        try update.check(without: name)
        let lock = try FacesLock(update.faces.folder)
        defer { withExtendedLifetime(lock) {} }
        var left = update.gallery?.people.count ?? 0
        if let gallery = update.gallery, gallery.people.contains(name) {
            let others = update.faces.removing(name)
            let new = others.people.isEmpty ? gallery.emptied : try update.train(others).gallery
            try GalleryFile.write(new, to: update.folder)
            left = new.people.count
        }
        // Out of sight in one step; a command that was killed is cleared up after by the next.
        let hidden = FacesLock.hidden(in: update.faces.folder)
        if rename(place.path, hidden.path) == 0 {
            do {
                try FileManager.default.removeItem(at: hidden)
            } catch {
                throw VisageError(.unwritable, "\(hidden.path) cannot be removed", cause: error.localizedDescription)
            }
        } else if errno != ENOENT {
            throw VisageError(
                .unwritable, "\(place.path) cannot be removed", cause: String(cString: strerror(errno)))
        }
        for (person, _) in traces { try store.remove(person.number) }
        return left
    }
}
