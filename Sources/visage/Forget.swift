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
        let files = try ServiceFiles(service)
        let people = try files.people()
        let history = try EventHistory(at: files.configuration.state + "/events.db")
        let name = name.precomposedStringWithCanonicalMapping
        let isID = UnknownPerson.number(of: name) != nil
        // Printed when all is done: who stops listening stops nothing.
        let lines =
            try isID
            ? forgetUnknown(name, among: people, files, history) : forgetPerson(name, among: people, files, history)
        for line in lines { Output.line(line) }
    }

    private func forgetUnknown(
        _ id: String, among people: [UnknownPerson], _ files: ServiceFiles, _ history: EventHistory?
    ) throws -> [String] {
        let person = people.first { $0.answers(to: id) }
        let ids = Set([id] + (person.map(Self.ids) ?? [])).sorted()
        let traces = try Traces(of: ids.map { .unknown(id: $0) }, in: history, files.configuration)
        guard person != nil || !traces.isEmpty else {
            throw VisageError(.notFound, "There is no \(id); `visage label --list` shows who there is")
        }
        try confirm("Forget \(id)?")
        var lines: [String] = []
        if let person {
            try files.store.remove(person.number)
            lines.append("removed   \(person.id): \(person.views.count) pictures")
        }
        return try lines + settle(traces)
    }

    private func forgetPerson(
        _ name: String, among people: [UnknownPerson], _ files: ServiceFiles, _ history: EventHistory?
    ) throws -> [String] {
        let forgetting = try Forgetting(name, among: people, store: files.store, update: files.update())
        var identities = [Identity.person(name)]
        guard forgetting.isKnown else {
            // A command that asked for less may have gone before.
            let traces = try Traces(of: identities, in: history, files.configuration)
            guard !traces.isEmpty else {
                let names = forgetting.names.isEmpty ? "nobody is known" : forgetting.names.joined(separator: ", ")
                throw VisageError(.notFound, "There is nobody called \(name): \(names)")
            }
            try confirm("\(name) is in the event log only. Go on?")
            return try settle(traces)
        }
        var question = "Forget \(name) and remove \(forgetting.place.path)"
        if !forgetting.traces.isEmpty {
            question += ", and \(forgetting.traces.map(\.person.id).joined(separator: ", ")), who look the same"
        }
        try confirm(question + "?")
        let left = try forgetting.run()
        var lines = [
            "removed   \(name) from \(files.gallery.path); left there: \(left == 1 ? "1 person" : "\(left) people")",
            "removed   \(forgetting.place.path)",
        ]
        for (person, similarity) in forgetting.traces {
            identities += Self.ids(person).map { .unknown(id: $0) }
            lines.append(
                "removed   \(person.id), similarity \(Event.rounded(similarity)): \(person.views.count) pictures")
        }
        if events || recordings {
            DaemonInSight(files.configuration.events.socket).waitUntilGone(name, from: files.gallery, leaving: left)
        }
        return try lines + settle(Traces(of: identities, in: history, files.configuration))
    }

    private static func ids(_ person: UnknownPerson) -> [String] {
        [person.id] + person.also.map(UnknownPerson.id)
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
    private func settle(_ traces: Traces) throws -> [String] {
        var lines: [String] = []
        if recordings { lines += try traces.removeRecordings().map { "removed   \($0)" } }
        if events, !traces.isEmpty { lines.append("rewritten \(try traces.eraseEvents()) events") }
        return lines + traces.remaining(events: !events, recordings: !recordings).map { "remains   \($0)" }
    }
}
