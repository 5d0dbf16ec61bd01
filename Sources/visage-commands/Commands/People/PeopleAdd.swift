import ArgumentParser
import Capture
import ClientCommands
import Foundation
import Unknowns
import VisageCore

struct PeopleAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add photos of a person, new or known.",
        discussion: """
            Each photo is decoded in a process of its own that has no network and no files, and kept as a JPEG file without \
            anything but the picture. Photos that cannot be used are not kept, and are listed with the reason.
            """)

    @Argument(help: "The name of the person.")
    var name: String

    @Argument(help: "Photos, or views of unknown people.")
    var photos: [String]

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let name = name.precomposedStringWithCanonicalMapping
        try PersonName.check(name)
        let gallery = try files.gallery()
        let lock = try files.lock()
        let progress = Progress("Uploads", total: photos.count)
        var additions: [PhotoChange.Addition] = []
        var refused: [(source: String, reason: String)] = []
        for (index, photo) in photos.enumerated() {
            do {
                additions.append(
                    .init(source: photo, content: try CleanPhoto.read(photo), place: .person(name)))
            } catch let error as VisageError where error.code == .unreadable || error.code == .notFound {
                refused.append((photo, error.cause ?? error.message))
            }
            progress.update(index + 1)
        }
        progress.finish()
        guard !additions.isEmpty else {
            throw VisageError(
                .unreadable, "\(refused.first?.source ?? name) cannot be used: \(refused.first?.reason ?? "no photo")")
        }
        let report = try PhotoChange(adding: additions, update: files.update(lock)).run()
        for (photo, reason) in refused + report.refused { Output.line("left out  \(photo): \(reason)") }
        Output.line("learned   \(name): \(report.added.count) photo\(report.added.count == 1 ? "" : "s") more")
        PeopleLines.finish(report.training, lost: report.lost, gallery: gallery)
    }
}

/// A photo that somebody else has made.
enum CleanPhoto {
    /// - Returns: a JPEG file.
    /// - Throws: `VisageError` (unreadable, notFound, engine).
    static func read(_ path: String) throws -> Data { try PictureProcess.clean(photo: PhotoFile.read(path)) }
}
