import ArgumentParser
import ClientCommands
import Daemon
import Evaluation
import Foundation
import Recognition
import Storage
import VisageCore

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a gallery on photos of its people and of strangers.",
        discussion: """
            Prints every photo that was not recognized correctly and the totals. With --strangers, it also prints how many \
            strangers were given a name.
            """)

    @Argument(help: "The gallery folder.")
    var gallery: String

    @Argument(help: "A folder with one subfolder of photos per person; the largest face in a photo is used.")
    var faces: String

    @Option(
        help:
            "A folder with the same layout and people who are not in the gallery; people with a name from the gallery are skipped."
    )
    var strangers: String?

    @Option(
        help:
            "Write report.html, with charts and faces, and answers.csv, with a line for each photo, into this folder."
    )
    var report: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var detection: GalleryDetectorOption
    @OptionGroup var networks: NetworkOptions

    func run() throws {
        let report = report.map { URL(filePath: $0, directoryHint: .isDirectory) }
        let page = report?.appending(path: "report.html")
        if let page { try OutputPlace.check(file: page) }
        let loaded = try GalleryFile.load(URL(filePath: gallery))
        if let advice = loaded.nameAdvice { Output.note(advice) }
        let photos = try FacesFolder(URL(filePath: faces))
        let others = try strangers.map { try FacesFolder(URL(filePath: $0)) }
        for person in photos.people where !loaded.people.contains(person.name) {
            Output.note("nobody in \(gallery) is called \(person.name): the photos of this person count as wrong")
        }
        let networks = try networks.load()
        let embedder = try networks.embedder(of: loaded, path: gallery)
        let progress = Progress("Photos", total: photos.photoCount + (others?.photoCount ?? 0))
        let evaluation = try GalleryEvaluation(
            classifier: try GalleryClassifier(loaded), people: loaded.people,
            reader: try networks.photoReader(
                detection.kind(for: loaded), embedder: embedder, input: PhotoReader.defaultInput),
            photos: photos, strangers: others, concurrency: networks.concurrency, progress: progress.update)
        progress.finish()
        if let report, let page {
            try AnswersFile.write(evaluation, to: report)
            try DurableFile.replace(Data(EvaluationReport(evaluation, gallery: loaded).html().utf8), at: page)
        }
        if json { try printJSON(evaluation.summary) } else { describe(evaluation) }
    }

    private func describe(_ evaluation: GalleryEvaluation) {
        let summary = evaluation.summary
        for answer in evaluation.answers where !answer.isRight {
            let given = answer.match.map {
                "\($0.accepted ? $0.name : "unknown, nearest \($0.name)") at \($0.similarity.roundedToFourDecimals)"
            }
            Output.line("\(answer.photo.path): \(given ?? answer.given ?? "no face")")
        }
        Output.line(
            "\(summary.correct) of \(summary.photos) photos right (\((summary.accuracy * 100).roundedToFourDecimals) %), "
                + "\(summary.unknown) unknown, \(summary.wrong) wrong, \(summary.noFace) without a face; "
                + "threshold \(summary.threshold)")
        if let strangers = summary.strangers {
            for name in evaluation.known { Output.line("left out  \(name): a stranger who is in the gallery") }
            Output.line(
                "\(strangers.peopleNamed) of \(strangers.people) strangers were given a name, on \(strangers.named) of "
                    + "\(strangers.photos) photos")
        }
    }
}
