import ArgumentParser
import ClientCommands
import Daemon
import Detection
import Evaluation
import Foundation
import ModelLoading
import Recognition
import VisageCore

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare detectors, embedders and alignments on the same data.",
        discussion: """
            Prints one table of methods and one of detectors, in Markdown. Embedders whose files are missing are skipped. \
            The parts of a fusion keep the alignment that suits each best, and the rows of the fusion list the alignments in \
            the order of the parts. Faces are detected at 640 pixels in photos and at 320 in the images of pairs, as \
            `visage evaluate` and `visage verify` do. Times are milliseconds of one thread for a frame of the clip, and for \
            a face in it.
            """)

    @Option(help: "A folder with one subfolder of photos per person, to train on.")
    var train: String?

    @Option(help: "A folder with the same layout and other photos of the same people, to test with.")
    var probes: String?

    @Option(help: "A pairs file in the format of LFW.")
    var pairs: String?

    @Option(help: "The image folder of the pairs, with Name/Name_0001.jpg and so on.")
    var images: String?

    @Option(help: "A folder of images with the boxes of their faces in dlib's .xml format.")
    var truth: String?

    @Option(help: "A video to measure times on. Default: the demonstration clip, if it exists.")
    var clip: String?

    @Option(parsing: .upToNextOption, help: "Detectors to compare.")
    var detectors: [DetectorKind] = DetectorKind.allCases

    @Option(parsing: .upToNextOption, help: "Embedders to compare, single ones and fusions. Default: all.")
    var embedders: [String] = []

    @Option(parsing: .upToNextOption, help: "Alignments to compare for single embedders.")
    var alignments: [Alignment] = Alignment.allCases

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var networks: NetworkOptions

    /// Keys as `--json` prints them.
    struct Summary: Encodable {
        var methods: [MethodRow]
        var detectors: [DetectorComparison.Row]
    }

    func validate() throws {
        guard (train == nil) == (probes == nil), (pairs == nil) == (images == nil) else {
            throw ValidationError("--train needs --probes, and --pairs needs --images; and the other way round")
        }
        guard train != nil || pairs != nil || truth != nil else {
            throw ValidationError(
                "there is nothing to compare on: pass --train and --probes, --pairs and --images, or --truth")
        }
    }

    func run() throws {
        func folder(_ path: String) -> URL { URL(filePath: path, directoryHint: .isDirectory) }
        var material = ComparisonMaterial(
            train: try train.map { try FacesFolder(folder($0)) },
            probes: try probes.map { try FacesFolder(folder($0)) },
            pairs: try pairs.map { try LFWPairs(URL(filePath: $0)) }, images: images.map(folder),
            truth: try truth.map { try DetectionTruth(folder($0)) })
        let loaded = try networks.load()
        let shipped = try? Bench.demonstrationClip(beside: loaded.store.folder)
        material.frames = try (clip ?? shipped).map { try StepsAlone.images(of: $0, count: 20) } ?? []
        var summary = Summary(methods: [], detectors: [])
        if train != nil || pairs != nil {
            summary.methods = try MethodComparison(
                material, detectors: detectors, embedders: present(loaded), alignments: alignments, networks: loaded,
                oneThread: { try networks.load(threads: 1) }, progress: Progress.start
            ).rows
        }
        if truth != nil || pairs != nil {
            summary.detectors = try DetectorComparison(material, detectors: detectors, networks: loaded).rows
        }
        guard !json else { return try printJSON(summary) }
        if !summary.methods.isEmpty { Self.table(summary.methods).forEach(Output.line) }
        if !summary.detectors.isEmpty { ([""] + Self.table(summary.detectors)).forEach(Output.line) }
    }

    /// The names of the embedders whose model files exist; a note on standard error says which are skipped.
    /// - Throws: `VisageError` (model) naming the embedders that exist.
    private func present(_ networks: Networks) throws -> [String] {
        try (embedders.isEmpty ? networks.embedderNames : embedders).filter { name in
            let isHere = try networks.models(ofEmbedder: name).allSatisfy(\.isHere)
            if !isHere {
                Output.note(
                    "\(name) is skipped: its model files are missing; `visage models fetch \(name)` downloads them")
            }
            return isHere
        }
    }

    private static func table(_ rows: [MethodRow]) -> [String] {
        Markdown.table(
            [
                "detector", "embedder", "alignment", "photos right", "pairs right", "TAR at FAR 1e-3", "ms a frame",
                "ms a face",
            ],
            rows.map { row in
                [
                    row.detector, row.embedder, row.alignment,
                    row.correct.map { "\($0) of \(row.probes ?? 0)" } ?? "–", Markdown.decimals(row.accuracy, 4),
                    Markdown.decimals(row.tar?["0.001"], 3), Markdown.decimals(row.frameMs, 1),
                    Markdown.decimals(row.faceMs, 1),
                ]
            })
    }

    private static func table(_ rows: [DetectorComparison.Row]) -> [String] {
        Markdown.table(
            ["detector", "faces found", "recall", "precision", "right face in the images of the pairs"],
            rows.map { row in
                [
                    row.detector, row.found.map { "\($0) of \(row.faces ?? 0)" } ?? "–",
                    Markdown.decimals(row.recall, 3), Markdown.decimals(row.precision, 3),
                    row.right.map { "\($0) of \(row.images ?? 0)" } ?? "–",
                ]
            })
    }
}
