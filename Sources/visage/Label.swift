import ArgumentParser
import Daemon
import Foundation
import Recognition
import Unknowns
import VisageCore

struct Label: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gives unknown people a name, from which the daemon knows them at once.",
        discussion: """
            The pictures that the daemon has kept of them become photos of that person, the gallery is trained anew as it \
            was before, and the daemon takes it over while it runs. Several ids are one person. Runs as the daemon's user: \
            sudo -u visage visage label unknown-17 NAME.
            """)

    @Argument(help: "Ids as events tell them, and the name: unknown-17 [unknown-21 ...] NAME.")
    var words: [String] = []

    @Flag(help: "Lists the unknown people that are kept.")
    var list = false

    @Flag(help: "Groups those who look like one person, or like somebody in the gallery, with what to type for each.")
    var suggest = false

    @Flag(
        help: """
            With --list: prints one JSON object: people, each with id, also (ids that were the same person), first_seen, \
            last_seen, visits, cameras and views (files).
            """)
    var json = false

    @Option(
        help: "A folder of strangers to set the threshold with, in place of the one that the gallery was trained with.")
    var strangers: String?

    @OptionGroup var service: ServiceOptions

    func validate() throws {
        if json, !list { throw ValidationError("--json goes with --list") }
        if list || suggest {
            guard strangers == nil else { throw ValidationError("--strangers goes with ids and a name") }
            guard words.isEmpty, !(list && suggest) else {
                throw ValidationError("--list and --suggest stand alone")
            }
            return
        }
        guard words.count >= 2, words.dropLast().allSatisfy({ UnknownPerson.number(of: $0) != nil }) else {
            throw ValidationError("Ids and a name are wanted, as in: visage label unknown-17 'Ada Lovelace'")
        }
        guard words.last.flatMap(UnknownPerson.number) == nil else {
            throw ValidationError("The name is missing: '\(words.last ?? "")' is an unknown person's id")
        }
    }

    func run() throws {
        let files = try ServiceFiles(service)
        if list || suggest { Output.endQuietly() }
        if list { return try json ? printJSON(Listing(files.people(), files.store)) : show(files.people()) }
        if suggest { return try show(try groups(files)) }
        let gallery = try files.gallery()
        let lock = try files.lock()
        let people = try files.people()
        var chosen: [UnknownPerson] = []
        for id in words.dropLast() {
            guard let person = people.first(where: { $0.answers(to: id) }) else {
                throw VisageError(.notFound, "There is no \(id); `visage label --list` shows who there is")
            }
            if !chosen.contains(person) { chosen.append(person) }
        }
        let name = (words.last ?? "").precomposedStringWithCanonicalMapping
        let report = try Labelling(
            chosen, as: name, store: files.store, update: files.update(lock, strangers: strangers)
        ).run()
        for (view, reason) in report.leftOut { Output.line("left out  \(view): \(reason)") }
        for photo in report.lost { Output.line(photo.sentence) }
        for pair in report.training.lookAlikes { Output.line(pair.sentence) }
        Output.line(
            "learned   \(name): \(report.photos) picture\(report.photos == 1 ? "" : "s") of "
                + chosen.map(\.id).joined(separator: " and "))
        Output.line(
            "gallery   \(gallery.path), people: \(report.training.gallery.people.count); a running daemon takes it "
                + "over within seconds")
    }

    private func show(_ people: [UnknownPerson]) {
        guard !people.isEmpty else { return Output.line("nobody unknown is kept") }
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
            Output.note("another network embedded \(ids), of whom no picture is kept: they do not compare")
        }
        return try UnknownGroups(comparable.people, gallery: gallery, curve: embedder.impostors)
    }

    private func show(_ found: UnknownGroups) throws {
        for group in found.groups {
            let ids = group.people.map(\.id)
            var text = ids.joined(separator: " ")
            if let similarity = group.similarity { text += ": one person? similarity \(Event.rounded(similarity))" }
            if let (name, similarity) = group.known { text += ": like \(name), \(Event.rounded(similarity))" }
            Output.line(text)
            let words = ids + [(group.known?.name ?? "NAME").quoted] + service.words
            Output.line("    visage label \(words.joined(separator: " "))")
        }
        Output.line(
            "\(found.groups.count) suggestion\(found.groups.count == 1 ? "" : "s"): mean similarity of at least "
                + "\(Event.rounded(found.threshold)), which one pair of strangers in \(Int(1 / UnknownGroups.far)) has")
    }
}

/// What `--list --json` prints.
private struct Listing: Encodable {
    let people: [Person]

    struct Person: Encodable {
        let id: String
        let also: [String]
        let firstSeen: String
        let lastSeen: String
        let visits: Int
        let cameras: [String]
        let views: [String]

        enum CodingKeys: String, CodingKey {
            case id, also, visits, cameras, views
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
        }
    }

    init(_ people: [UnknownPerson], _ store: UnknownStore) {
        self.people = people.map { person in
            Person(
                id: person.id, also: person.also.map(UnknownPerson.id), firstSeen: Event.format(person.firstSeen),
                lastSeen: Event.format(person.lastSeen), visits: person.visits, cameras: person.cameras,
                views: person.views.map { store.place(of: person.number).appending(path: $0.file).path })
        }
    }
}

extension Gallery.LookAlikes {
    /// For the one who trains.
    var sentence: String {
        "alike     \(names.joined(separator: " and ")), \(Event.rounded(similarity)): one may get the other's name, if they "
            + "are not the same person"
    }
}

extension Trainer.LeftOut {
    /// For the one who trains.
    var sentence: String { "left out  \(photo.path): \(reason)" }
}
