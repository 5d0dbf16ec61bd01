import ArgumentParser
import ClientCommands
import Daemon
import Foundation
import Recognition
import Unknowns
import VisageCore

struct Label: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Name unknown people, so that the daemon recognizes them.",
        discussion: """
            The views that the daemon has stored of the unknown people become enrollment photos of the named person. Then \
            the gallery is retrained with its earlier settings, and a running daemon starts using it within seconds. Several \
            ids given together are merged into one person. Run it as the user of the daemon: \
            sudo -u visage visage label unknown-17 NAME.
            """)

    @Argument(help: "One or more ids as they appear in events, then the name: unknown-17 [unknown-21 ...] NAME.")
    var words: [String] = []

    @Flag(help: "List the stored unknown people.")
    var list = false

    @Flag(
        help:
            "Suggest which unknown people are the same person, or somebody in the gallery, with a command to run for each."
    )
    var suggest = false

    @Flag(
        help: """
            With --list: print one JSON object. Its key people is a list of objects with id, also (other ids of the same \
            person), first_seen, last_seen, visits, cameras and views (file paths). With --suggest: one with threshold and \
            groups, a list of objects with ids, similarity, name and name_similarity. With a name: JSON objects, one a line, \
            with progress, done and total, or with line.
            """)
    var json = false

    @Option(
        help:
            "A folder of photos of strangers to set the threshold with, instead of the one that the gallery was trained with."
    )
    var strangers: String?

    @OptionGroup var service: ServiceOptions

    func validate() throws {
        if list || suggest {
            guard strangers == nil else {
                throw ValidationError("--strangers cannot be combined with --list or --suggest")
            }
            guard words.isEmpty, !(list && suggest) else {
                throw ValidationError(
                    "--list and --suggest cannot be combined with each other, with ids or with a name")
            }
            return
        }
        guard words.count >= 2, words.dropLast().allSatisfy({ UnknownPerson.number(of: $0) != nil }) else {
            throw ValidationError("Pass ids and a name, as in: visage label unknown-17 'Ada Lovelace'")
        }
        guard words.last.flatMap(UnknownPerson.number) == nil else {
            throw ValidationError("The name is missing: '\(words.last ?? "")' is the id of an unknown person")
        }
    }

    func run() throws {
        let files = try ServiceFiles(service)
        if list || suggest { Output.endQuietly() }
        if list { return try json ? printJSON(LabelListing(files.people(), files.store)) : show(files.people()) }
        if suggest { return try json ? printJSON(LabelSuggestions(groups(files))) : show(groups(files)) }
        Output.isJSON.store(json, ordering: .relaxed)
        let gallery = try files.gallery()
        let lock = try files.lock()
        let people = try files.people()
        try files.fleet?.refuseForeign(words.dropLast(), among: people)
        let chosen = try UnknownPerson.choose(words.dropLast(), among: people)
        let name = (words.last ?? "").precomposedStringWithCanonicalMapping
        let report = try Labeling(
            chosen, as: name, store: files.store, update: files.update(lock, strangers: strangers),
            announce: { try files.fleet?.announce($0) }
        ).run()
        for (view, reason) in report.leftOut { Output.line("left out  \(view): \(reason)") }
        for photo in report.lost { Output.line(photo.sentence) }
        for pair in report.training.lookAlikes { Output.line(pair.sentence) }
        Output.line(
            "learned   \(name): \(report.photos) photo\(report.photos == 1 ? "" : "s") of "
                + chosen.map(\.id).joined(separator: " and "))
        let count = report.training.gallery.people.count
        Output.line(
            "gallery   \(gallery.path): \(count == 1 ? "1 person" : "\(count) people"); a running daemon uses it within "
                + "seconds")
    }

    private func show(_ people: [UnknownPerson]) {
        guard !people.isEmpty else { return Output.line("no unknown people are stored") }
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current)
            .year().month().day().time(includingFractionalSeconds: false)
        for person in people {
            let also = person.also.isEmpty ? "" : ", also \(person.also.map(UnknownPerson.id).joined(separator: ", "))"
            Output.line(
                "\(person.id)  \(person.firstSeen.formatted(style)) to \(person.lastSeen.formatted(style)), "
                    + "\(person.visits) visit\(person.visits == 1 ? "" : "s"), \(person.cameras.joined(separator: ", ")), "
                    + "\(person.views.count) view\(person.views.count == 1 ? "" : "s")\(also)")
        }
    }

    private func groups(_ files: ServiceFiles) throws -> UnknownGroups {
        let (gallery, networks) = (try files.loadGallery(), try files.networks())
        let embedder = try files.embedder(of: gallery, networks)
        let comparable = try files.comparable(gallery, embedder, networks)
        if !comparable.others.isEmpty {
            let ids = comparable.others.map(\.id).joined(separator: ", ")
            Output.note("\(ids) cannot be compared: they are stored with another embedder and without views")
        }
        return try UnknownGroups(comparable.people, gallery: gallery, curve: embedder.impostors)
    }

    private func show(_ found: UnknownGroups) throws {
        for group in found.groups {
            let ids = group.people.map(\.id)
            var text = ids.joined(separator: " ")
            if let similarity = group.similarity {
                text += ": probably one person, similarity \(similarity.roundedToFourDecimals)"
            }
            if let (name, similarity) = group.known {
                text += ": probably \(name), similarity \(similarity.roundedToFourDecimals)"
            }
            Output.line(text)
            let words = ids + [(group.known?.name ?? "NAME").quoted] + service.words
            Output.line("    visage label \(words.joined(separator: " "))")
        }
        Output.line(
            "\(found.groups.count) suggestion\(found.groups.count == 1 ? "" : "s"), with a mean similarity of at least "
                + "\(found.threshold.roundedToFourDecimals), which one pair of different people in \(Int(1 / UnknownGroups.far)) reaches"
        )
    }
}
