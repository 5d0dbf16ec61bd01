import ArgumentParser
import ClientCommands
import Daemon
import Evaluation
import Foundation
import ModelLoading
import Recognition
import VisageCore

struct Trial: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how often strangers get a name, on galleries drawn from many people.",
        discussion: """
            Draws galleries at random. The other photos of the enrolled people are probes, everybody else is a stranger. \
            With one view, single photos are named, as `recognize` does. With more, the photos are the views of a track \
            that is judged after each of them, as visaged does, and a stranger counts as named if the track carries a name \
            at any moment. In a photo the face nearest the center counts, detector input 320, as for `verify`.

            With --films, photos become short films as a camera would show them: moved, scaled, blurred, darkened and \
            recompressed. The films go through visaged's own detection, tracking and deciding.

            Lists are separated by commas. Cells for which too few people have enough photos are left out and named.
            """)

    @Argument(help: "A folder with one folder of photos per person, such as LFW.")
    var faces: String

    @Option(help: "People in a gallery.")
    var people = NumberList<Int>([5, 20, 100])

    @Option(help: "Photos enrolled of each person; 1-3 gives the people one, two and three in turn.")
    var photos = NumberList<PhotoCount>([PhotoCount(1...1)])

    @Option(help: "Views of each probe and each stranger; 1 is a single photo.")
    var views = NumberList<Int>([1])

    @Option(help: "Shares of strangers who may get a name.")
    var falseNames = NumberList<Double>([0.01, 0.003])

    @Option(help: "How faces are matched: svm or nearest.")
    var matching = Matching.svm

    @Option(help: "Galleries drawn for each cell; without it 20, and 1 with --films.")
    var draws: Int?

    @Option(
        help: """
            Impostor figures: shipped (those of the models' manifest), or half (measured on half of the people; the other \
            half is tried).
            """)
    var figures = OpenSetTrial.Figures.shipped

    @Flag(help: "Show films instead of photos and views.")
    var films = false

    @Option(help: "Widths of the faces in films, in pixels.")
    var widths = NumberList<Int>([30, 45, 60, 90, 120])

    @Option(help: "Photos that one film shows one after the other, a second each; a film lasts at least two seconds.")
    var shots = 3

    @Option(help: "Strangers' films for each width at most; without it, of all strangers' photos.")
    var maxFilms: Int?

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard people.values.allSatisfy({ $0 >= 2 }), draws ?? 1 > 0, maxFilms ?? 1 > 0,
            views.values.allSatisfy({ (1...100).contains($0) }),
            falseNames.values.allSatisfy({ $0 > 0 && $0 <= 0.5 }),
            widths.values.allSatisfy({ (20...400).contains($0) }), (1...20).contains(shots)
        else {
            throw ValidationError(
                "--people is at least 2, --views 1 to 100, --draws and --max-films at least 1, "
                    + "--false-names above 0 and at most 0.5, --widths 20 to 400, --shots 1 to 20")
        }
        guard matching == .nearest || people.values.allSatisfy({ $0 <= Matching.tooManyPeople }) else {
            throw ValidationError("an SVM takes at most \(Matching.tooManyPeople) people; use --matching nearest")
        }
        guard !films || figures == .shipped else {
            throw ValidationError("--films uses the shipped figures; leave --figures away")
        }
    }

    func run() throws {
        let folder = try FacesFolder(URL(filePath: faces, directoryHint: .isDirectory))
        let networks = try networks.load()
        let embedder = try networks.embedder(embedding.embedder, alignment: embedding.alignment)
        let photos = try TrialPhotos(folder, networks, embedder, progress: Progress.start)
        guard !films else { return try film(photos, networks, embedder) }
        let trial = OpenSetTrial(photos.samples, curve: embedder.impostors)
        var rows: [OpenSetTrial.Summary] = []
        for cell in cells {
            guard let row = try trial.run(cell, draws: draws ?? 20, figures: figures) else {
                leaveOut(cell)
                continue
            }
            rows.append(row)
            if json { try printJSON(row) }
        }
        if !json { Self.table(rows).forEach(Output.line) }
    }

    private func film(_ photos: TrialPhotos, _ networks: Networks, _ embedder: any GalleryEmbedder) throws {
        let trial = try FilmTrial(photos, shots: shots, networks, embedder)
        var rows: [FilmTrialRow] = []
        for cell in cells {
            guard
                let found = try trial.run(
                    cell, draws: draws ?? 1, widths: widths.values, maxFilms: maxFilms, progress: Progress.start)
            else {
                leaveOut(cell)
                continue
            }
            rows += found
            if json { for row in found { try printJSON(row) } }
        }
        if !json { Self.table(rows).forEach(Output.line) }
    }

    private var cells: [OpenSetTrial.Cell] {
        people.values.flatMap { people in
            photos.values.flatMap { photos in
                (films ? [1] : views.values).flatMap { views in
                    falseNames.values.map {
                        OpenSetTrial.Cell(
                            people: people, photos: photos.range, views: views, falseNames: $0, matching: matching)
                    }
                }
            }
        }
    }

    private func leaveOut(_ cell: OpenSetTrial.Cell) {
        Output.note(
            "left out: \(cell.people) people with \(cell.photosText) photos and \(cell.views) views; too few "
                + "people have enough photos")
    }
}

extension OpenSetTrial.Figures: ExpressibleByArgument {}
