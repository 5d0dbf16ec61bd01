import ArgumentParser
import ClientCommands
import Foundation
import Recognition
import Unknowns
import VisageCore

struct PeopleList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the people of the gallery, their photos, and what is known of their quality.")

    @Flag(
        help: """
            Print one JSON object: gallery, faces, matching, threshold, track_threshold, false_names, the measured rates \
            strangers, left_out and recognized, and people, with photos, others, nearest and advice.
            """)
    var json = false

    @OptionGroup var service: ServiceOptions

    func run() throws {
        let files = try ServiceFiles(service)
        Output.endQuietly()
        let listing = try PeopleListing(gallery: files.loadGallery(), path: files.gallery(), faces: files.photos())
        if json { return try printJSON(listing) }
        for person in listing.people {
            let used = person.photos.count(where: \.used)
            var text = "\(person.name)  \(used) photo\(used == 1 ? "" : "s")"
            if used < person.photos.count { text += " of \(person.photos.count)" }
            if let nearest = person.nearest { text += ", most like \(nearest.name) at \(nearest.similarity)" }
            Output.line(text)
            for photo in person.photos where !photo.used {
                Output.line("    left out  \(photo.file): \(photo.reason ?? "not looked at yet")")
            }
            for advice in person.advice { Output.line("    \(advice)") }
        }
        if listing.people.isEmpty { Output.line("nobody is in the gallery") }
    }
}
