import ArgumentParser
import ClientCommands
import Foundation
import Recognition
import Unknowns
import VisageCore

struct PeopleRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove photos of a person.",
        discussion: "The last photo stays: `visage forget` removes a person.")

    @Argument(help: "Whose photos they are.")
    var name: String

    @Argument(
        help:
            "The names of files in the person's folder; not/FILE for a photo of somebody who was mistaken for the person."
    )
    var photos: [String]

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let name = name.precomposedStringWithCanonicalMapping
        let gallery = try files.gallery()
        let lock = try files.lock()
        let update = try files.update(lock)
        let chosen = try PeoplePhotos.choose(photos, of: name, in: update.faces, ofOthers: true)
        let report = try PhotoChange(adding: [], removing: Set(chosen), of: name, update: update).run()
        for photo in report.removed { Output.line("removed   \(photo.path)") }
        PeopleLines.finish(report.training, lost: report.lost, gallery: gallery)
    }
}

/// Photos by the names of their files.
enum PeoplePhotos {
    /// - Parameters:
    ///   - names: empty for all photos of the person.
    ///   - ofOthers: whether `not/FILE` may be among them.
    /// - Throws: `VisageError` (notFound).
    static func choose(_ names: [String], of person: String, in faces: FacesFolder, ofOthers: Bool) throws -> [URL] {
        guard let found = faces.people.first(where: { $0.name == person }) else {
            throw VisageError(.notFound, "There is nobody called \(person) in \(faces.folder.path)")
        }
        guard !names.isEmpty else { return found.photos }
        return try names.map { name in
            let isOther = ofOthers && name.hasPrefix("\(FacesFolder.othersName)/")
            let file = isOther ? String(name.dropFirst(FacesFolder.othersName.count + 1)) : name
            guard let photo = (isOther ? found.others : found.photos).first(where: { $0.lastPathComponent == file })
            else { throw VisageError(.notFound, "There is no photo \(name) of \(person)") }
            return photo
        }
    }
}
