import Foundation
import VisageCore

/// A folder with one folder of photos per person.
public struct FacesFolder: Sendable {
    /// A person and their photos, in the order of their names, so that every training sees the same order.
    public struct Person: Sendable {
        public let name: String
        public let photos: [URL]
    }

    public let people: [Person]

    /// - Throws: `VisageError` (notFound) if the folder is missing or holds no photo of anybody.
    public init(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw VisageError(
                .notFound, "\(folder.path) is not a folder; it should hold one folder of photos per person")
        }
        people = try Self.children(of: folder).filter(Self.isFolder).map { person in
            Person(
                name: person.lastPathComponent.precomposedStringWithCanonicalMapping,
                photos: try Self.children(of: person).filter { !Self.isFolder($0) })
        }.filter { !$0.photos.isEmpty }
        guard !people.isEmpty else {
            throw VisageError(
                .notFound, "\(folder.path) holds nobody: put each person's photos into a folder named after the person")
        }
    }

    public var photoCount: Int { people.reduce(0) { $0 + $1.photos.count } }

    /// - Returns: the photos of those who do not bear one of `names`, and the namesakes.
    func without(_ names: [String]) -> (photos: [(person: String, url: URL)], namesakes: [String]) {
        let names = Set(names.map(Self.normalized))
        let (others, namesakes) = (
            people.filter { !names.contains(Self.normalized($0.name)) },
            people.filter { names.contains(Self.normalized($0.name)) }
        )
        return (others.flatMap { person in person.photos.map { (person.name, $0) } }, namesakes.map(\.name))
    }

    /// The same name, whatever its case and punctuation: data sets write one person in several ways.
    static func normalized(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// Of a link, what it leads to.
    private static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func children(of folder: URL) throws -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(
                at: folder.resolvingSymlinksInPath(), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles]
            ).sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            throw VisageError(.unreadable, "\(folder.path) cannot be read", cause: error.localizedDescription)
        }
    }
}
