import ArgumentParser
import Daemon
import Detection
import Foundation
import Recognition
import VisageCore

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures every detector, embedder and alignment on the same data, as tables.",
        discussion: """
            Embedders that are not here are left out. The parts of a fusion keep the alignment that suits each best, \
            and its rows name them in the parts' order. Photos are detected at 640 pixels and those of pairs at 320, \
            as `evaluate` and `verify` do; --truth is a folder of pictures and dlib's .xml files with their boxes. \
            Times are of one thread: a frame of the clip, a face of it.
            """)

    @Option(help: "A folder with one folder of photos per person, to learn from.")
    var train: String?

    @Option(help: "A folder like it with other photos of the same people, to be asked.")
    var probes: String?

    @Option(help: "An LFW-style pairs file.")
    var pairs: String?

    @Option(help: "The folder with the pairs' Name/Name_0001.jpg and so on.")
    var images: String?

    @Option(help: "A folder of pictures with the boxes of their faces.")
    var truth: String?

    @Option(help: "A video for the times; without it, the demonstration's clip, if it is here.")
    var clip: String?

    @Option(parsing: .upToNextOption, help: "Detectors; without it, all.")
    var detectors: [DetectorKind] = DetectorKind.allCases

    @Option(parsing: .upToNextOption, help: "Embedders, single ones and fusions; without it, all.")
    var embedders: [String] = []

    @Option(parsing: .upToNextOption, help: "Alignments of single embedders; without it, all.")
    var alignments: [Alignment] = Alignment.allCases

    @Flag(help: "Prints one JSON object.")
    var json = false

    @OptionGroup var networks: NetworkOptions

    /// Keys as `--json` prints them.
    struct Summary: Encodable {
        var methods: [MethodComparison.Row]
        var detectors: [DetectorComparison.Row]
    }

    func validate() throws {
        guard (train == nil) == (probes == nil), (pairs == nil) == (images == nil) else {
            throw ValidationError("--train goes with --probes, and --pairs with --images")
        }
        guard train != nil || pairs != nil || truth != nil else {
            throw ValidationError("nothing to measure on: name --train and --probes, --pairs and --images, or --truth")
        }
    }

    func run() throws {
        func folder(_ path: String) -> URL { URL(filePath: path, directoryHint: .isDirectory) }
        let material = ComparisonMaterial(
            train: try train.map { try FacesFolder(folder($0)) },
            probes: try probes.map { try FacesFolder(folder($0)) },
            pairs: try pairs.map { try LFWPairs(URL(filePath: $0)) }, images: images.map(folder),
            truth: try truth.map { try DetectionTruth(folder($0)) }, frames: try frames())
        var summary = Summary(methods: [], detectors: [])
        if train != nil || pairs != nil {
            summary.methods = try MethodComparison(
                material, detectors: detectors, embedders: embedders, alignments: alignments, options: networks
            ).rows
        }
        if truth != nil || pairs != nil {
            summary.detectors = try DetectorComparison(material, detectors: detectors, networks: networks.load()).rows
        }
        guard !json else { return try printJSON(summary) }
        if !summary.methods.isEmpty { Output.line(MethodComparison.table(summary.methods)) }
        if !summary.detectors.isEmpty { Output.line("\n" + DetectorComparison.table(summary.detectors)) }
    }

    private func frames() throws -> [PixelBuffer] {
        let shipped = try? Bench.demonstrationClip(beside: networks.load().store.folder)
        return try (clip ?? shipped).map { try StepsAlone.images(of: $0, count: 20) } ?? []
    }
}

/// What is measured on.
struct ComparisonMaterial {
    let train: FacesFolder?
    let probes: FacesFolder?
    let pairs: LFWPairs?
    let images: URL?
    let truth: DetectionTruth?
    /// For the times.
    let frames: [PixelBuffer]
}

/// A table in Markdown.
func markdown(_ heads: [String], _ rows: [[String]]) -> String {
    ([heads, heads.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
        .joined(separator: "\n")
}

/// A number with so many decimals, or a dash where there is none.
func decimals(_ value: Double?, _ count: Int) -> String { value.map { String(format: "%.\(count)f", $0) } ?? "–" }
