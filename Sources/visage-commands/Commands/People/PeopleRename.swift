import ArgumentParser
import ClientCommands
import Foundation
import Unknowns
import VisageCore

struct PeopleRename: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a person another name.",
        discussion: "Events and recordings up to now keep the name that they have.")

    @Argument(help: "The name until now.")
    var name: String

    @Argument(help: "The name from now on.")
    var new: String

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let (name, new) = (name.precomposedStringWithCanonicalMapping, new.precomposedStringWithCanonicalMapping)
        let gallery = try files.gallery()
        let lock = try files.lock()
        let result = try Renaming(name, to: new, update: files.update(lock)).run()
        Output.line("renamed   \(name) to \(new); events and recordings up to now keep the old name")
        PeopleLines.finish(result.training, lost: result.lost, gallery: gallery)
    }
}
