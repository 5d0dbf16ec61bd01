import ArgumentParser
import ClientCommands
import Daemon
import Evaluation
import Foundation
import Recognition
import Storage
import VisageCore

struct Adapt: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a linear head for an embedder, using the triplet loss.",
        discussion: """
            The head is a linear map on the embeddings that moves photos of one person together and photos of different \
            people apart. A fifth of the people is used for early stopping, and another fifth, held out from training, \
            decides whether the head helps: one that does not improve their verification figures is not written. \
            `visage train --head HEAD` uses the head. If the held-out people make fewer than a thousand pairs of different \
            people, `visage train` needs --strangers as well, to set the threshold.
            """)

    @Argument(help: "A folder with one subfolder of photos per person: at least ten people with two photos or more.")
    var faces: String

    @Option(help: "The head file to create or replace.")
    var output: String

    @Option(help: "Write adapt.html, with loss and accuracy by epoch, into this folder.")
    var report: String?

    @Option(
        help:
            "Margin of the triplet loss: how much farther away, in squared distance, a negative has to be than the positive."
    )
    var margin = 0.2

    @Option(help: "Maximum number of epochs; training stops earlier when the figures no longer improve.")
    var epochs = 100

    @Flag(
        help:
            "Mine hard negatives (the nearest) instead of semi-hard ones (the nearest that is farther away than the positive)."
    )
    var hard = false

    @Flag(help: "Write the head even if it does not help.")
    var force = false

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard margin > 0, margin <= 2 else { throw ValidationError("--margin has to be above 0 and at most 2") }
        guard epochs > 0 else { throw ValidationError("--epochs has to be at least 1") }
    }

    func run() throws {
        let head = URL(filePath: output)
        try OutputPlace.check(file: head)
        let page = report.map { URL(filePath: $0, directoryHint: .isDirectory).appending(path: "adapt.html") }
        if let page { try OutputPlace.check(file: page) }
        let folder = try FacesFolder(URL(filePath: faces, directoryHint: .isDirectory))
        let networks = try networks.load()
        let embedder = try networks.embedder(embedding.embedder, alignment: embedding.alignment)
        let reader = try networks.photoReader(
            detection.detector, embedder: embedder, input: PhotoReader.defaultInput)
        var options = HeadTrainer.Options()
        options.margin = margin
        options.isHard = hard
        options.epochs = epochs
        let photos = Progress("Photos", total: folder.photoCount)
        let embeddings = try reader.embeddings(
            of: folder, concurrency: networks.concurrency, progress: photos.update)
        photos.finish()
        let trainer = try HeadTrainer(embeddings, options: options)
        let learning = Progress("Epochs", total: epochs)
        let outcome = trainer.train { number, _ in learning.update(number) }
        learning.finish()
        describe(outcome)
        if let page { try DurableFile.replace(Data(AdaptReport(outcome).html().utf8), at: page) }
        guard outcome.helps || force else {
            Output.line(
                "not written: the head does not improve the figures of the held-out people (--force writes it anyway)")
            throw ExitCode(1)
        }
        try HeadFile(outcome, embedder: embedder.origin).write(to: head)
        Output.line(
            "written   \(output)\(outcome.helps ? "" : ", although it does not improve the figures of the held-out people")"
        )
        guard !outcome.knowsStrangers else { return }
        Output.line(
            "          too few pairs to set a threshold with this head: `visage train --head` needs --strangers with "
                + "fifty people or more")
    }

    private func describe(_ outcome: HeadTrainer.Outcome) {
        Output.line(
            "trained   on \(outcome.trainedPhotos) photos of \(outcome.trainedPeople) people, best epoch \(outcome.best)"
        )
        let (before, after) = (outcome.before, outcome.after)
        Output.line(
            "evaluated on \(before.photos) photos of \(before.people) held-out people, \(before.impostors) impostor pairs"
        )
        for (what, from, to) in [
            ("pair accuracy", before.accuracy, after.accuracy),
            ("TAR at FAR 1e-2", before.tarAt1Percent, after.tarAt1Percent),
            ("TAR at FAR 1e-3", before.tarAt01Percent, after.tarAt01Percent),
        ] {
            Output.line("          \(what): \(from.roundedToFourDecimals) before, \(to.roundedToFourDecimals) after")
        }
        Output.line(
            "          better in \((outcome.confidence * 100).roundedToFourDecimals) % of bootstrap draws of these people"
        )
    }
}
