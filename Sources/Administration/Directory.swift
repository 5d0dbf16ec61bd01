// Administration is what the page shows of people and photos and does with them, without HTTP. It runs the command `visage`
// for all of it, so that there is one way to train, to label and to forget, and neither networks nor decoders are in the
// page's process.

import Foundation
import VisageCore

/// Who there is, known and unknown. What a command has answered is kept until a file that it looks at changes.
public actor Directory {
    private struct Kept<Value: Sendable> {
        var stamp: [String]
        var value: Value
    }

    private let command: VisageCommand
    private let gallery: String
    private let unknown: String
    private var people: Kept<PeopleListing>?
    private var unknowns: Kept<UnknownListing>?
    private var suggestions: Kept<UnknownSuggestions>?

    /// - Parameters:
    ///   - gallery: the gallery's folder.
    ///   - unknown: the folder of unknown people.
    public init(_ command: VisageCommand, gallery: String, unknown: String) {
        self.command = command
        self.gallery = gallery
        self.unknown = unknown
    }

    /// - Throws: `VisageError` with what the command complains of.
    public func listing() async throws -> PeopleListing {
        if let people, people.stamp == stamp(faces: people.value.faces) { return people.value }
        let value = try await command.object(PeopleListing.self, ["people", "list", "--json"])
        people = Kept(stamp: stamp(faces: value.faces), value: value)
        return value
    }

    /// - Throws: `VisageError` with what the command complains of.
    public func unknownPeople() async throws -> UnknownListing {
        let stamp = stamp(ofUnknown: unknown)
        if let unknowns, unknowns.stamp == stamp { return unknowns.value }
        let value = try await command.object(UnknownListing.self, ["label", "--list", "--json"])
        unknowns = Kept(stamp: stamp, value: value)
        return value
    }

    /// Takes seconds, because networks are loaded.
    /// - Throws: `VisageError` with what the command complains of.
    public func groups() async throws -> UnknownSuggestions {
        let stamp = stamp(ofUnknown: unknown) + [Self.time(gallery + "/gallery.json")]
        if let suggestions, suggestions.stamp == stamp { return suggestions.value }
        let value = try await command.object(UnknownSuggestions.self, ["label", "--suggest", "--json"])
        suggestions = Kept(stamp: stamp, value: value)
        return value
    }

    /// The file of a photo.
    /// - Parameter isOther: whether the photo shows another person, to whom this name was given by mistake.
    /// - Throws: `VisageError` (notFound) for a file that the listing does not have.
    public func photo(_ file: String, of name: String, isOther: Bool) async throws -> URL {
        let listing = try await listing()
        let missing = VisageError(.notFound, "There is no such photo")
        guard PersonName.folderProblem(name) == nil, let person = listing.people.first(where: { $0.name == name }),
            isOther ? person.others.contains(file) : person.photos.contains(where: { $0.file == file })
        else { throw missing }
        let folder = URL(filePath: listing.faces, directoryHint: .isDirectory).appending(path: name)
        return isOther ? folder.appending(path: "not/\(file)") : folder.appending(path: file)
    }

    /// - Throws: `VisageError` (notFound) for a view that is not kept.
    public func view(_ file: String, of id: String) async throws -> URL {
        let person = try await unknownPeople().people.first { $0.id == id }
        guard let view = person?.views.map({ URL(filePath: $0) }).first(where: { $0.lastPathComponent == file }) else {
            throw VisageError(.notFound, "There is no such view")
        }
        return view
    }

    private func stamp(faces: String) -> [String] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: faces)) ?? []).sorted()
        return [Self.time(gallery + "/gallery.json"), Self.time(faces)]
            + names.flatMap { ["\(faces)/\($0)", "\(faces)/\($0)/not"] }.map(Self.time)
    }

    private func stamp(ofUnknown folder: String) -> [String] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        return names.filter { $0.hasPrefix("unknown-") }.map { $0 + Self.time("\(folder)/\($0)/person.json") }
    }

    private static func time(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "-" }
        return "\(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
