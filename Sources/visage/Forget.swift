import ArgumentParser
import Daemon
import Foundation
import Publishing
import Recognition
import Unknowns
import VisageCore

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Removes a person, or an unknown one, and every trace.",
        discussion: """
            Photos, gallery entry, and what is kept of unknown people who are this person. Events and recordings only on \
            request; without it, it says what they hold. Runs as the daemon's user: sudo -u visage visage forget NAME.
            """)

    @Argument(help: "The name of a person in the gallery, or an id such as unknown-17.")
    var name: String

    @Flag(help: "Ask nothing.")
    var yes = false

    @Flag(help: "Take the name out of the event log too.")
    var events = false

    @Flag(help: "Remove the recordings that show the name, whoever else is in them.")
    var recordings = false

    @OptionGroup var service: ServiceOptions

    func run() throws {
        Output.endQuietly()
        let files = try ServiceFiles(service)
        let people = try files.people()
        let history = try EventHistory(at: files.configuration.state + "/events.db")
        let name = name.precomposedStringWithCanonicalMapping
        if UnknownPerson.number(of: name) != nil {
            try forgetUnknown(name, among: people, files, history)
        } else {
            try forgetPerson(name, among: people, files, history)
        }
    }

    private func forgetUnknown(
        _ id: String, among people: [UnknownPerson], _ files: ServiceFiles, _ history: EventHistory?
    ) throws {
        let person = people.first { $0.answers(to: id) }
        let identities = ([id] + (person.map { [$0.id] + $0.also.map(UnknownPerson.id) } ?? [])).map {
            Identity.unknown(id: $0)
        }
        let traces = try Traces(of: Array(Set(identities)), in: history, files.configuration)
        guard person != nil || !traces.isEmpty else {
            throw VisageError(.notFound, "There is no \(id); `visage label --list` shows who there is")
        }
        try confirm("Forget \(id)?")
        if let person {
            try files.store.remove(person.number)
            Output.line("removed   \(person.id): \(person.views.count) pictures")
        }
        try settle(traces)
    }

    private func forgetPerson(
        _ name: String, among people: [UnknownPerson], _ files: ServiceFiles, _ history: EventHistory?
    ) throws {
        let forgetting = try Forgetting(name, among: people, store: files.store, update: files.update())
        var question = "Forget \(name) and remove \(forgetting.place.path)"
        if !forgetting.traces.isEmpty {
            question += ", and \(forgetting.traces.map(\.person.id).joined(separator: ", ")), who look the same"
        }
        try confirm(question + "?")
        let left = try forgetting.run()
        Output.line("removed   \(name) from \(files.gallery.path), where \(left) people are left")
        Output.line("removed   \(forgetting.place.path)")
        for (person, similarity) in forgetting.traces {
            Output.line(
                "removed   \(person.id), similarity \(Event.rounded(similarity)): \(person.views.count) pictures")
        }
        if events || recordings { DaemonInSight(files.configuration.events.socket).waitUntilGone(name) }
        var identities = [Identity.person(name)]
        identities += forgetting.traces.flatMap { [$0.person.id] + $0.person.also.map(UnknownPerson.id) }
            .map { .unknown(id: $0) }
        try settle(Traces(of: identities, in: history, files.configuration))
    }

    private func confirm(_ question: String) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw VisageError(.usage, "Nobody is there to ask: \(question) Say --yes")
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            throw VisageError(.usage, "Nothing was changed")
        }
    }

    /// Events and recordings.
    private func settle(_ traces: Traces) throws {
        if recordings {
            for file in try traces.removeRecordings() { Output.line("removed   \(file)") }
        }
        if events, traces.count > 0 {
            Output.line("rewritten \(try traces.eraseEvents()) events")
        }
        for line in traces.remaining(events: !events, recordings: !recordings) { Output.line("remains   \(line)") }
    }
}
