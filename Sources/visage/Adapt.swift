import ArgumentParser
import Daemon
import Foundation
import Recognition
import Reporting
import VisageCore

struct Adapt: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learns a linear head on the embeddings, with the triplet loss, from photos of many people.",
        discussion: """
            A fifth of the people say when to stop, another fifth, whom learning never sees, whether it helped; a head \
            that does not help them is not written. `visage train --head HEAD` uses it; where those whom learning never sees \
            make less than a thousand pairs of different people, it needs --strangers, too.
            """)

    @Argument(help: "A folder with one folder of photos per person; two photos each or more, of at least ten people.")
    var faces: String

    @Option(help: "The head file to make or replace.")
    var output: String

    @Option(help: "Writes adapt.html into this folder: loss and accuracy over the epochs.")
    var report: String?

    @Option(help: "How much further away, in squared distance, others must be.")
    var margin = 0.2

    @Option(help: "The most epochs; it stops before that when nothing gets better.")
    var epochs = 100

    @Flag(help: "Takes the nearest negative instead of the nearest beyond the positive.")
    var hard = false

    @Flag(help: "Writes the head even if it does not help.")
    var force = false

    @OptionGroup var embedding: EmbedderOptions
    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard margin > 0, margin <= 2 else { throw ValidationError("--margin is above 0 and at most 2") }
        guard epochs > 0 else { throw ValidationError("--epochs is at least 1") }
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
            detection.detector, embedder: embedder, input: NetworkOptions.photoInput)
        var options = HeadTrainer.Options()
        options.margin = margin
        options.isHard = hard
        options.epochs = epochs
        let trainer = try HeadTrainer(
            try embeddings(of: folder, reader, width: networks.concurrency), options: options)
        let learning = Progress("Epochs", total: epochs)
        let outcome = trainer.train { number, _ in learning.update(number) }
        learning.finish()
        describe(outcome)
        if let page { try PrivateFile.replace(Data(AdaptReport(outcome).html().utf8), at: page) }
        guard outcome.helps || force else {
            print("not written: it is not shown to help people whom it has not seen (--force writes it)")
            throw ExitCode(1)
        }
        try HeadFile(outcome, embedder: embedder.origin).write(to: head)
        print("written   \(output)\(outcome.helps ? "" : ", although it is not shown to help")")
        guard !outcome.knowsStrangers else { return }
        print(
            "          too few to say how alike strangers are with it: `visage train --head` needs --strangers of fifty "
                + "people or more")
    }

    private func embeddings(of folder: FacesFolder, _ reader: PhotoReader, width: Int) throws -> [[Embedding]] {
        let progress = Progress("Photos", total: folder.photoCount)
        let done = Counter(progress.update)
        let photos = folder.people.enumerated().flatMap { index, person in person.photos.map { (index, $0) } }
        let found = try concurrentMap(photos, width: width) { person, url -> (Int, Embedding)? in
            defer { done.increment() }
            guard let data = try? Data(contentsOf: url) else { return nil }
            return try reader.readUsable(data, choice: .single).map { (person, $0.sample.embedding) }
        }.compactMap { $0 }
        progress.finish()
        let byPerson = Dictionary(grouping: found, by: \.0)
        return folder.people.indices.map { byPerson[$0]?.map(\.1) ?? [] }
    }

    private func describe(_ outcome: HeadTrainer.Outcome) {
        print(
            "learnt    from \(outcome.trainedPhotos) photos of \(outcome.trainedPeople) people, epoch \(outcome.best) kept"
        )
        let (before, after) = (outcome.before, outcome.after)
        print(
            "judged    by \(before.photos) photos of \(before.people) other people, \(before.impostors) impostor pairs")
        for (what, from, to) in [
            ("accuracy of pairs", before.accuracy, after.accuracy),
            ("TAR at FAR 1e-2", before.tarAt1Percent, after.tarAt1Percent),
            ("TAR at FAR 1e-3", before.tarAt01Percent, after.tarAt01Percent),
        ] {
            print("          \(what): \(Event.rounded(from)) before, \(Event.rounded(to)) after")
        }
        print("          better in \(Event.rounded(outcome.confidence * 100)) % of draws of these people")
    }
}
