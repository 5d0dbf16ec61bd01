import ArgumentParser
import Daemon
import Foundation
import Recognition
import Reporting
import VisageCore

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells how a gallery does on photos of its people, and of strangers.")

    @Argument(help: "The gallery.")
    var gallery: String

    @Argument(help: "A folder with one folder of photos per person; a photo's largest face counts.")
    var faces: String

    @Option(help: "A folder like FACES of people who are not in the gallery; namesakes of its people are left out.")
    var strangers: String?

    @Option(
        help:
            "Writes into this folder report.html, a page with charts and faces, and answers.csv, a line for each photo."
    )
    var report: String?

    @Flag(help: "Prints one JSON object.")
    var json = false

    @OptionGroup var detection: GalleryDetectorOption
    @OptionGroup var networks: NetworkOptions

    func run() throws {
        let report = report.map { URL(filePath: $0, directoryHint: .isDirectory) }
        let page = report?.appending(path: "report.html")
        if let page { try OutputPlace.check(file: page) }
        let loaded = try GalleryFile.load(URL(filePath: gallery))
        let photos = try FacesFolder(URL(filePath: faces))
        let others = try strangers.map { try FacesFolder(URL(filePath: $0)) }
        for person in photos.people where !loaded.people.contains(person.name) {
            Output.note("nobody in \(gallery) is called \(person.name): none of these photos can be right")
        }
        let networks = try networks.load()
        let embedder = try networks.embedder(of: loaded, path: gallery)
        let progress = Progress("Photos", total: photos.photoCount + (others?.photoCount ?? 0))
        let evaluation = try Evaluation(
            classifier: try GalleryClassifier(loaded), people: loaded.people,
            reader: try networks.photoReader(
                detection.kind(for: loaded), embedder: embedder, input: NetworkOptions.photoInput),
            photos: photos, strangers: others, concurrency: networks.concurrency, progress: progress.update)
        progress.finish()
        if let report, let page {
            try AnswersFile.write(evaluation, to: report)
            try PrivateFile.replace(Data(EvaluationReport(evaluation, gallery: loaded).html().utf8), at: page)
        }
        if json { try printJSON(evaluation.summary) } else { describe(evaluation) }
    }

    private func describe(_ evaluation: Evaluation) {
        let summary = evaluation.summary
        for answer in evaluation.answers where !answer.isRight {
            let told = answer.match.map {
                "\($0.accepted ? $0.name : "unknown, nearest \($0.name)") at \(Event.rounded($0.similarity))"
            }
            print("\(answer.photo.path): \(told ?? answer.given ?? "no face")")
        }
        print(
            "\(summary.correct) of \(summary.photos) photos right (\(Event.rounded(summary.accuracy * 100)) %), "
                + "\(summary.unknown) unknown, \(summary.wrong) wrong, \(summary.noFace) without a face; "
                + "threshold \(summary.threshold)")
        if let strangers = summary.strangers {
            for name in evaluation.known { print("left out as a stranger: \(name), who is in the gallery") }
            print(
                "\(strangers.peopleNamed) of \(strangers.people) strangers got a name, on \(strangers.named) of "
                    + "\(strangers.photos) photos")
        }
    }
}
