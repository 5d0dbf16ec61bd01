import Foundation
import Recognition
import Storage
import VisageCore

/// Removes a person of the gallery: the unknown people who are this person first, for it takes the gallery to find
/// them, then from the gallery, then the photos. All that can fail before comes before. Who is killed in between leaves
/// what the same command needs to come to its end the next time.
public struct Forgetting {
    public let name: String
    private let store: UnknownStore
    private let update: GalleryUpdate
    private let announce: ([UnknownPerson]) throws -> Void
    /// Unknown people who are this person, most alike first.
    public let traces: [(person: UnknownPerson, similarity: Double)]
    /// Unknown people who cannot be compared, for another network embedded them and no picture is kept.
    public let others: [UnknownPerson]
    /// What bears the name among the faces: folders, and links to some.
    public let places: [URL]

    /// What came of it.
    public struct Report: Sendable {
        /// People in the gallery.
        public let left: Int
        /// Photos of others that can no longer be used.
        public let lost: [Trainer.LeftOut]
        /// Links that were removed, with what they lead to, which stays.
        public let links: [(link: URL, target: String)]
    }

    /// - Parameters:
    ///   - people: the unknown people that there are
    ///   - announce: told of those who are this person just before they are removed
    /// - Throws: `VisageError`: gallery if it is damaged, unreadable, engine, usage for a name that nobody can have.
    public init(
        _ name: String, among people: [UnknownPerson], store: UnknownStore, update: GalleryUpdate,
        announce: @escaping ([UnknownPerson]) throws -> Void = { _ in }
    ) throws {
        self.announce = announce
        self.name = name
        self.store = store
        self.update = update
        places = try update.faces.places(of: name)
        guard let gallery = update.gallery, let index = gallery.people.firstIndex(of: name) else {
            (traces, others) = ([], [])
            if places.isEmpty { try PersonName.checkFolder(name) }
            return
        }
        // At least as much as would give the name to a single view: rather one too many than one that is left.
        let mean = try gallery.means()[index]
        let comparable = try ComparablePeople(
            people, in: store, origin: update.trainer.embedder, reader: update.trainer.reader)
        others = comparable.others
        traces = comparable.people.map { ($0, $0.embedding.embedding.similarity(mean)) }
            .filter { $0.1 >= gallery.threshold }.sorted { $0.1 > $1.1 }
    }

    /// Whether gallery or photos have the name, or had it when a command for it was killed.
    public var isKnown: Bool { isInGallery || !places.isEmpty || update.lock.finished.contains(name) }

    private var isInGallery: Bool { update.gallery?.people.contains(name) ?? false }

    /// All names, sorted.
    public var names: [String] {
        Set((update.gallery?.people ?? []) + update.faces.people.map(\.name)).sorted()
    }

    /// - Throws: `VisageError`.
    public func run() throws -> Report {
        defer { withExtendedLifetime(update.lock) {} }
        let new = try isInGallery ? trained() : nil
        let hidden = try places.isEmpty ? nil : FacesLock.makeHidden(in: update.faces.folder)
        defer { hidden.map { try? FileManager.default.removeItem(at: $0) } }
        try store.finishRemovals()
        try announce(traces.map(\.person))
        for (person, _) in traces { try store.remove(person.number) }
        if let new { try GalleryFile.write(new.gallery, to: update.folder) }
        let links = places.flatMap(Self.links)
        try hidden.map(removePlaces)
        return Report(
            left: (new?.gallery ?? update.gallery)?.people.count ?? 0, lost: new?.lost ?? [], links: links)
    }

    /// The gallery of the others.
    private func trained() throws -> (gallery: Gallery, lost: [Trainer.LeftOut])? {
        guard let gallery = update.gallery else { return nil }
        guard gallery.people != [name] else { return (gallery.emptied, []) }
        let result = try update.train(update.faces.removing(name), without: name)
        return (result.training.gallery, result.lost)
    }

    /// Each is out of sight in one step; a command that was killed is cleared up after by the next.
    private func removePlaces(by hidden: URL) throws {
        for place in places { try DurableFile.rename(place, to: hidden.appending(path: place.lastPathComponent)) }
        try DurableFile.remove(hidden)
    }

    /// The links in it, or itself if it is one.
    private static func links(_ place: URL) -> [(link: URL, target: String)] {
        let files = FileManager.default
        func target(_ link: URL) -> [(URL, String)] {
            (try? files.destinationOfSymbolicLink(atPath: link.path)).map { _ in
                [(link, link.resolvingSymlinksInPath().path)]
            } ?? []
        }
        let own = target(place)
        guard own.isEmpty else { return own }
        return (files.enumerator(at: place, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? [])
            .sorted { $0.path < $1.path }.flatMap(target)
    }
}
