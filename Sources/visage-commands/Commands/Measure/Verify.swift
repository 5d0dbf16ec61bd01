import ArgumentParser
import ClientCommands
import Daemon
import Evaluation
import Foundation
import Recognition
import VisageCore

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run LFW pair verification.",
        discussion: """
            Decides for every pair of images whether they show the same person, with the threshold chosen on the other \
            folds, and prints the mean accuracy and the true accept rates (TAR) at three false accept rates (FAR). In every \
            image, the face nearest the center is used.
            """)

    @Argument(help: "A pairs file in the format of LFW.")
    var pairs: String

    @Argument(help: "The image folder, with Name/Name_0001.jpg and so on.")
    var images: String

    @Option(help: "Write pairs.csv, with the similarity of every pair, into this folder.")
    var report: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var learnt: HeadOption
    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func run() throws {
        let report = report.map { URL(filePath: $0, directoryHint: .isDirectory) }
        if let report { try OutputPlace.check(file: report.appending(path: PairsFile.name)) }
        let pairs = try LFWPairs(URL(filePath: pairs))
        let folder = URL(filePath: images, directoryHint: .isDirectory)
        let networks = try networks.load()
        let embedder = try learnt.load(networks, embedding).0
        let reader = try networks.photoReader(detection.detector, embedder: embedder, input: Verification.detectorInput)
        let images = pairs.images
        let progress = Progress("Images", total: images.count)
        let embeddings = try reader.embeddings(
            of: images, in: folder, concurrency: networks.concurrency, progress: progress.update)
        progress.finish()
        let verification = Verification(pairs, embeddings: embeddings)
        if let report { try PairsFile.write(pairs, embeddings, to: report) }
        let summary = verification.summary
        guard !json else { return try printJSON(summary) }
        Output.line(
            "\(summary.pairs) pairs: accuracy \(summary.accuracyMean) ± \(summary.accuracyStderr), "
                + "\(summary.noFace) images without a face")
        for (rate, tar) in summary.tar.sorted(by: { $0.key > $1.key }) {
            Output.line("TAR \(tar) at FAR \(rate) over \(summary.impostors) impostor pairs")
        }
    }
}
