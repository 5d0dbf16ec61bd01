import ArgumentParser
import Daemon
import Foundation
import Recognition
import VisageCore

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a gallery out of photos.",
        discussion: "Photos are embedded once: training again after adding one photo costs one photo.")

    @Argument(help: "A folder with one folder of photos per person.")
    var faces: String

    @Option(help: "The gallery folder to make or replace.")
    var output: String

    @Option(help: "The share of strangers who may get a name, above 0 and at most 0.5.")
    var falseNames = 0.01

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard falseNames > 0, falseNames <= 0.5 else {
            throw ValidationError("--false-names is a share above 0 and at most 0.5, as 0.01 for one in a hundred")
        }
    }

    func run() throws {
        let folder = URL(filePath: output, directoryHint: .isDirectory)
        try GalleryFile.checkOutput(folder)
        let people = try FacesFolder(URL(filePath: faces, directoryHint: .isDirectory))
        let networks = try networks.load()
        let embedder = try networks.embedder(embedding.embedder, alignment: embedding.alignment)
        let trainer = Trainer(
            reader: try networks.photoReader(
                detection.detector, embedder: embedder, input: NetworkOptions.photoInput),
            embedder: embedder.origin,
            detector: try networks.detectorOrigin(detection.detector, input: NetworkOptions.photoInput),
            curve: embedder.impostors, concurrency: networks.concurrency)
        let progress = Progress("Photos", total: people.photoCount)
        let report = try trainer.train(
            people, earlier: try? GalleryFile.load(folder), falseNames: falseNames, progress: progress.update)
        progress.finish()
        try GalleryFile.write(report.gallery, to: folder)
        describe(report, folder: folder)
    }

    private func describe(_ report: Trainer.Report, folder: URL) {
        for photo in report.leftOut { print("left out  \(photo.photo.path): \(photo.reason)") }
        for name in report.missing { print("left out  \(name): no usable photo") }
        for person in report.gallery.description.people {
            print("learned   \(person.name): \(person.photos) photo\(person.photos == 1 ? "" : "s")")
        }
        let calibration = report.gallery.description.calibration
        print(
            "threshold \(Event.rounded(calibration.rule.threshold)): at most "
                + "\(Event.rounded(calibration.rule.falseNames * 100)) % of strangers should get a name")
        if calibration.strangers > 0 {
            print(
                "checked   \(calibration.named) of \(calibration.strangers) photos would get another person's name "
                    + "if their own person were not in the gallery")
        }
        print(
            "gallery   \(folder.path): \(report.gallery.people.count) people, \(report.gallery.samples.count) photos "
                + "(\(report.cached) known from before)")
    }
}
