import Foundation
import VisageCore

/// A folder with one folder of photos per person.
public struct FacesFolder: Sendable {
    /// A person and their photos, in the order of their names, so that every training sees the same order.
    public struct Person: Sendable {
        public let name: String
        public let photos: [URL]
        /// Photos of others who were taken for this person.
        public let others: [URL]

        init(name: String, photos: [URL], others: [URL] = []) {
            (self.name, self.photos, self.others) = (name, photos, others)
        }
    }

    /// The folder within a person's folder that holds photos of others who were taken for this person.
    public static let othersName = "not"

    public let folder: URL
    public let people: [Person]

    private init(_ folder: URL, people: [Person]) {
        self.folder = folder
        self.people = people
    }

    /// - Throws: `VisageError` (notFound) if the folder is missing or holds no photo of anybody.
    public init(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw VisageError(
                .notFound, "\(folder.path) is not a folder; it should hold one folder of photos per person")
        }
        self.folder = folder
        // A name whose accents are written in two ways has two folders, and is one person.
        let folders = Dictionary(grouping: try Self.children(of: folder).filter(Self.isFolder), by: Self.name)
        people = try folders.sorted { $0.key < $1.key }.map { name, folders in
            let children = try folders.flatMap(Self.children)
            let others = children.filter { $0.lastPathComponent == Self.othersName && Self.isFolder($0) }
            return Person(
                name: name, photos: children.filter { !Self.isFolder($0) },
                others: try others.flatMap(Self.children).filter { !Self.isFolder($0) })
        }.filter { !$0.photos.isEmpty }
        guard !people.isEmpty else {
            throw VisageError(
                .notFound, "\(folder.path) holds nobody: put each person's photos into a folder named after the person")
        }
    }

    /// Refuses folders whose names cannot be names of people.
    /// - Parameter known: names that are accepted, because a gallery from before has them.
    /// - Throws: `VisageError` (unreadable) naming the first folder and what to do.
    public func checkNames(besides known: [String] = []) throws {
        let known = Set(known)
        for person in people where !known.contains(person.name) {
            guard let problem = PersonName.problem(person.name) else { continue }
            throw VisageError(
                .unreadable,
                "The folder \(folder.appending(path: person.name).path) cannot be named after a person: \(problem); rename it"
            )
        }
    }

    public var photoCount: Int { people.reduce(0) { $0 + $1.photos.count } }

    /// The folder as it is, or as it would be if it were made: nobody is in it then.
    /// - Throws: `VisageError` (unreadable).
    public static func ifAny(_ folder: URL) throws -> FacesFolder {
        do {
            return try FacesFolder(folder)
        } catch let error as VisageError where error.code == .notFound {
            return FacesFolder(folder, people: [])
        }
    }

    /// With photos that lie elsewhere as yet.
    public func adding(_ photos: [URL], to name: String) -> FacesFolder {
        let earlier = people.first { $0.name == name }
        return replacing(
            name, by: Person(name: name, photos: (earlier?.photos ?? []) + photos, others: earlier?.others ?? []))
    }

    /// With photos of others who were given the person's name by mistake. They lie elsewhere as yet.
    public func adding(others: [URL], to name: String) -> FacesFolder {
        let earlier = people.first { $0.name == name }
        return replacing(
            name, by: Person(name: name, photos: earlier?.photos ?? [], others: (earlier?.others ?? []) + others))
    }

    /// Without photos of a person, or of others who were taken for this person.
    public func removing(photos: Set<URL>, of name: String) -> FacesFolder {
        guard let earlier = people.first(where: { $0.name == name }) else { return self }
        return replacing(
            name,
            by: Person(
                name: name, photos: earlier.photos.filter { !photos.contains($0) },
                others: earlier.others.filter { !photos.contains($0) }))
    }

    /// With another name for a person.
    public func renaming(_ name: String, to new: String) -> FacesFolder {
        guard let earlier = people.first(where: { $0.name == name }) else { return self }
        return replacing(name, by: Person(name: new, photos: earlier.photos, others: earlier.others))
    }

    private func replacing(_ name: String, by person: Person) -> FacesFolder {
        let rest = people.filter { $0.name != name } + (person.photos.isEmpty ? [] : [person])
        return FacesFolder(folder, people: rest.sorted { $0.name < $1.name })
    }

    /// Without a person.
    public func removing(_ name: String) -> FacesFolder {
        FacesFolder(folder, people: people.filter { $0.name != name })
    }

    /// What bears a person's name there now, with photos or without: folders, and links wherever they lead.
    /// - Throws: `VisageError` (unreadable); of a folder that is not there, there are none.
    public func places(of name: String) throws -> [URL] {
        guard Self.isFolder(folder) else { return [] }
        return try Self.children(of: folder).filter {
            Self.name($0) == name && (Self.isFolder($0) || Self.isLink($0))
        }
    }

    /// - Returns: the photos of those who do not bear one of `names`, and the namesakes.
    package func without(_ names: [String]) -> (photos: [(person: String, url: URL)], namesakes: [String]) {
        let names = Set(names.map(Self.normalized))
        let (others, namesakes) = (
            people.filter { !names.contains(Self.normalized($0.name)) },
            people.filter { names.contains(Self.normalized($0.name)) }
        )
        return (others.flatMap { person in person.photos.map { (person.name, $0) } }, namesakes.map(\.name))
    }

    /// The same name, whatever its case and punctuation: data sets write one person in several ways.
    static func normalized(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// Whose folder it is.
    private static func name(_ folder: URL) -> String {
        folder.lastPathComponent.precomposedStringWithCanonicalMapping
    }

    private static func isLink(_ url: URL) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
    }

    /// Of a link, what it leads to.
    private static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func children(of folder: URL) throws -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(
                at: folder.resolvingSymlinksInPath(), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles]
            ).sorted {
                // As strings, two ways to write an accent are the same.
                $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8)
            }
        } catch {
            throw VisageError(.unreadable, "\(folder.path) cannot be read", cause: error.systemReason)
        }
    }
}
