import ArgumentParser
import ClientCommands
import Daemon
import Foundation
import Recognition
import Unknowns
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

    @Option(help: "How faces are matched: svm, or nearest for single photos or thousands of people.")
    var matching = Matching.svm

    @Option(
        help: "A folder like FACES of people whom your cameras see and who are not to be known: it sets the threshold.")
    var strangers: String?

    @OptionGroup var lines: JSONOption
    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var learnt: HeadOption
    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard falseNames > 0, falseNames <= 0.5 else {
            throw ValidationError("--false-names is a share above 0 and at most 0.5, as 0.01 for one in a hundred")
        }
    }

    func run() throws {
        lines.apply()
        let folder = URL(filePath: output, directoryHint: .isDirectory)
        try GalleryFile.checkOutput(folder)
        let faces = URL(filePath: faces, directoryHint: .isDirectory)
        // Who is forgotten or gets a name meanwhile would come back, or be lost.
        let lock = try FacesLock(reading: faces)
        defer { withExtendedLifetime(lock) {} }
        let people = try FacesFolder(faces)
        try people.checkNames()
        let networks = try networks.load()
        let (embedder, head) = try learnt.load(networks, embedding)
        let trainer = Trainer(
            reader: try networks.photoReader(
                detection.detector, embedder: embedder, input: PhotoReader.defaultInput),
            embedder: embedder.origin,
            detector: try networks.detectorOrigin(detection.detector, input: PhotoReader.defaultInput),
            curve: embedder.impostors, concurrency: networks.concurrency)
        var options = Trainer.Options()
        options.matching = matching
        options.head = head
        options.falseNames = falseNames
        options.strangers = try strangers.map { try FacesFolder(URL(filePath: $0, directoryHint: .isDirectory)) }
        let progress = Progress("Photos", total: people.photoCount + (options.strangers?.photoCount ?? 0))
        let report = try trainer.train(
            people, earlier: try? GalleryFile.load(folder), options: options, progress: progress.update)
        progress.finish()
        try GalleryFile.write(report.gallery, to: folder)
        GalleryOwner.warn(folder)
        describe(report, folder: folder)
    }

    private func describe(_ report: Trainer.Report, folder: URL) {
        for photo in report.leftOut { Output.line(photo.sentence) }
        for choice in report.choices { Output.line(choice.sentence) }
        for name in report.missing { Output.line("left out  \(name): no usable photo") }
        for person in report.gallery.description.people {
            Output.line("learned   \(person.name): \(person.photos) photo\(person.photos == 1 ? "" : "s")")
        }
        for name in report.known { Output.line("left out  \(name): a stranger who is in the gallery") }
        for pair in report.lookAlikes { Output.line(pair.sentence) }
        for doubt in report.doubtful { Output.line(doubt.sentence) }
        let calibration = report.gallery.description.calibration
        let rule = calibration.rule
        Output.line(
            "threshold \(rule.threshold.roundedToFourDecimals) for photos, \(rule.trackThreshold.roundedToFourDecimals) for tracks"
        )
        Output.line(
            "promise   of strangers' photos, at most \((rule.falseNames * 100).roundedToFourDecimals) % get a name; of strangers who "
                + "pass a camera, at most as many carry a name at any moment")
        if let strangers = calibration.strangers {
            Output.line("checked   \(strangers.sentence) of your strangers get a name")
        }
        if let leftOut = calibration.leftOut {
            Output.line(
                "checked   \(leftOut.sentence) of the gallery get another person's name when their own is left out")
        }
        if let recognized = calibration.recognized {
            Output.line("checked   \(recognized.sentence) of the gallery are known from the person's others")
        }
        let reduced = report.gallery.reducedPeople
        if !reduced.isEmpty {
            Output.line(
                "advice    \(reduced.joined(separator: ", ")): only blurred or dark photos, which take more likeness to "
                    + "be recognized; add sharp ones")
        }
        if let advice = report.gallery.matchingAdvice { Output.line("advice    \(advice)") }
        Output.line(
            "gallery   \(folder.path): \(report.gallery.people.count) people, \(report.gallery.samples.count) photos "
                + "(\(report.cached) known from before)")
    }
}

extension Matching: ExpressibleByArgument {}
