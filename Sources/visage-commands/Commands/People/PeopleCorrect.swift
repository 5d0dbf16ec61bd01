import ArgumentParser
import Capture
import ClientCommands
import Foundation
import Imaging
import Recognition
import Unknowns
import VisageCore

struct PeopleCorrect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "Say that a face was given a wrong name, so that it is not given that name again.",
        discussion: """
            The face is kept as a photo of somebody who was mistaken for the person, in the folder `not` of the person's \
            folder. From then on, who is at least as similar to it as to the person is not given this name. With --is, the photo is \
            also added to the photos of the person who it is.
            """)

    @Argument(help: "The wrong name.")
    var name: String

    @Option(help: "Who it is: a person of the gallery or a new name. Default: nobody who is to be known.")
    var `is`: String?

    @Option(help: "A photo of the face, or a view of an unknown person.")
    var photo: String?

    @Option(help: "A recording with the face in it, instead of a photo.")
    var recording: String?

    @Option(
        help: "When the face is in the recording, in milliseconds from its beginning: recording.offset_ms of an event.")
    var at: Int?

    @Option(
        help:
            "Where the face is in the frame of the recording: x,y,width,height, as box of an event. Default: the largest."
    )
    var box: String?

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func validate() throws {
        guard (photo == nil) != (recording == nil) else {
            throw ValidationError("Pass either --photo, or --recording with --at")
        }
        guard (recording == nil) == (at == nil), at ?? 0 >= 0 else {
            throw ValidationError(
                "--recording needs --at with milliseconds from its beginning, and --at needs --recording")
        }
        guard box == nil || recording != nil && place != nil else {
            throw ValidationError("--box goes with --recording and is x,y,width,height in pixels, as in 410,120,96,118")
        }
    }

    private var place: BoundingBox? { box.flatMap { BoundingBox(text: $0) } }

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let name = name.precomposedStringWithCanonicalMapping
        let other = `is`?.precomposedStringWithCanonicalMapping
        guard other != name else { throw ValidationError("\(name) cannot be both right and wrong") }
        let folder = try files.gallery()
        let lock = try files.lock()
        let update = try files.update(lock)
        let picture = try photo.map(CleanPhoto.read) ?? frame()
        let source = photo ?? recording ?? ""
        let (content, sample) = try update.cut(place, of: picture, from: source)
        var additions = [PhotoChange.Addition(source: source + ".jpg", content: content, place: .takenFor(name))]
        if let other { additions.append(.init(source: source + ".jpg", content: content, place: .person(other))) }
        let report = try PhotoChange(adding: additions, update: update).run()
        Output.line("corrected a face that looks like this one is not given the name \(name) any more")
        if let other { Output.line("learned   \(other): 1 photo more") }
        let match = try GalleryClassifier(GalleryFile.load(folder)).classify(photo: sample.embedding)
        let now = match.flatMap { $0.accepted ? $0.name : nil }
        Output.line("now       this face is \(now ?? "unknown")")
        PeopleLines.finish(report.training, lost: report.lost, gallery: folder)
    }

    private func frame() throws -> Data {
        try PictureProcess.frame(of: URL(filePath: recording ?? ""), at: at ?? 0)
    }
}
