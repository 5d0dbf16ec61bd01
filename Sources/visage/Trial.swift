import ArgumentParser
import Daemon
import Foundation
import Recognition
import VisageCore

struct Trial: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries the stranger rule on galleries drawn from a folder of many people.",
        discussion: """
            Of each drawn person one photo is enrolled and the others are asked; everybody else is a stranger. The face \
            nearest the centre counts, detector input 320, as for `verify`.
            """)

    @Argument(help: "A folder with one folder of photos per person, as LFW has them.")
    var faces: String

    @Option(parsing: .upToNextOption, help: "People in a gallery.")
    var people: [Int] = [5, 20, 100]

    @Option(parsing: .upToNextOption, help: "The shares of strangers who may get a name.")
    var falseNames: [Double] = [0.01, 0.003]

    @Option(help: "Galleries of each kind.")
    var draws = 20

    @Option(
        help: "Impostor figures: shipped (the manifest's), or half: of half the strangers, tried on the other half.")
    var figures = OpenSetTrial.Figures.shipped

    @Flag(help: "Prints one JSON object a line.")
    var json = false

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard people.allSatisfy({ $0 >= 2 }), draws > 0, falseNames.allSatisfy({ $0 > 0 && $0 <= 0.5 }) else {
            throw ValidationError("--people is at least 2, --draws at least 1, --false-names above 0 and at most 0.5")
        }
    }

    func run() throws {
        let folder = try FacesFolder(URL(filePath: faces, directoryHint: .isDirectory))
        let networks = try networks.load()
        let embedder = try networks.embedder(embedding.embedder, alignment: embedding.alignment)
        let reader = try networks.photoReader(.yunet, embedder: embedder, input: Verify.detectorInput)
        let progress = Progress("Photos", total: folder.photoCount)
        let done = Counter(progress.update)
        let photos = try concurrentMap(
            folder.people.flatMap { person in person.photos.map { (person.name, $0) } }, width: networks.concurrency
        ) { name, url -> OpenSetTrial.Photo? in
            defer { done.increment() }
            guard let data = try? Data(contentsOf: url),
                let found = try reader.readUsable(data, choice: .nearestToCentre)
            else { return nil }
            return OpenSetTrial.Photo(person: name, sample: found.sample)
        }.compactMap { $0 }
        progress.finish()
        let trial = OpenSetTrial(photos, curve: embedder.impostors)
        let scratch = URL(filePath: NSTemporaryDirectory()).appending(path: "visage-trial-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        var rows: [OpenSetTrial.Summary] = []
        for people in people {
            for share in falseNames {
                rows.append(
                    try trial.run(
                        people: people, falseNames: share, draws: draws, figures: figures, scratch: scratch))
            }
        }
        guard !json else {
            for row in rows { try printJSON(row) }
            return
        }
        func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
        Output.line(
            markdown(
                [
                    "people", "asked for", "threshold", "TPIR", "probes", "strangers' photos named", "at most",
                    "strangers named", "at most",
                ],
                rows.map { row in
                    [
                        "\(row.people)", percent(row.falseNames), decimals(row.threshold, 3), decimals(row.tpir, 3),
                        decimals(row.probes, 0), "\(percent(row.fpir)) of \(decimals(row.strangerPhotos, 0))",
                        percent(row.fpirHigh), "\(percent(row.strangersNamed)) of \(decimals(row.strangers, 0))",
                        percent(row.strangersNamedHigh),
                    ]
                }))
    }
}

extension OpenSetTrial.Figures: ExpressibleByArgument {}
