import ArgumentParser
import ClientCommands
import Foundation
import Unknowns
import VisageCore

struct PeopleMove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Move photos of a person to another one, new or known.",
        discussion: "With all photos moved, the first person is no longer in the gallery: so two people become one.")

    @Argument(help: "Whose photos they are.")
    var name: String

    @Argument(help: "Whose photos they are to be.")
    var target: String

    @Argument(help: "The names of files in the person's folder. Default: all.")
    var photos: [String] = []

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let (name, target) = (
            name.precomposedStringWithCanonicalMapping, target.precomposedStringWithCanonicalMapping
        )
        guard name != target else { throw ValidationError("\(name) is the same person twice") }
        let gallery = try files.gallery()
        let lock = try files.lock()
        let update = try files.update(lock)
        let chosen = try PeoplePhotos.choose(photos, of: name, in: update.faces, ofOthers: false)
        let additions = try chosen.map {
            PhotoChange.Addition(source: $0.path, content: try PhotoFile.read($0.path), place: .person(target))
        }
        let report = try PhotoChange(adding: additions, removing: Set(chosen), of: name, update: update).run()
        Output.line("moved     \(chosen.count) photo\(chosen.count == 1 ? "" : "s") from \(name) to \(target)")
        PeopleLines.finish(report.training, lost: report.lost, gallery: gallery)
    }
}
