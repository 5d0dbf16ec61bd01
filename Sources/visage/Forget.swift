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
        let history = try EventHistory(at: files.configuration.state + "/events.db")
        let name = name.precomposedStringWithCanonicalMapping
        let isID = UnknownPerson.number(of: name) != nil
        // Printed when all is done: who stops listening stops nothing.
        let lines =
            try isID ? forgetUnknown(name, files, history) : forgetPerson(name, files, history)
        for line in lines { Output.line(line) }
    }

    private func forgetUnknown(_ id: String, _ files: ServiceFiles, _ history: EventHistory?) throws -> [String] {
        let person = try files.people().first { $0.answers(to: id) }
        let ids = Set([id] + (person.map(Self.ids) ?? [])).sorted()
        let traces = try Traces(of: ids.map { .unknown(id: $0) }, in: history, files.configuration)
        let unreadable = UnknownPerson.number(of: id).flatMap { person == nil && files.store.keeps($0) ? $0 : nil }
        guard person != nil || unreadable != nil || !traces.isEmpty else {
            throw VisageError(.notFound, "There is no \(id); `visage label --list` shows who there is")
        }
        try confirm("Forget \(id)?")
        var lines: [String] = []
        if let person {
            try files.store.remove(person.number)
            lines.append("removed   \(person.id): \(person.views.count) pictures")
        } else if let unreadable {
            try files.store.remove(unreadable)
            lines.append("removed   \(files.store.place(of: unreadable).path)")
        }
        return try lines + settle(traces)
    }

    private func forgetPerson(_ name: String, _ files: ServiceFiles, _ history: EventHistory?) throws -> [String] {
        let gallery = try files.gallery()
        let update = try files.update(files.lock())
        let forgetting = try Forgetting(name, among: files.people(), store: files.store, update: update)
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
        if let gone = update.strangersGone {
            Output.note("the strangers the gallery was calibrated with are gone, so its threshold stays: \(gone)")
        }
        var question = (["Forget \(name)"] + forgetting.places.map { "remove \($0.path)" }).joined(separator: " and ")
        if !forgetting.traces.isEmpty {
            question += ", and \(forgetting.traces.map(\.person.id).joined(separator: ", ")), who look the same"
        }
        try confirm(question + "?")
        let report = try forgetting.run()
        var lines = report.lost.map(\.sentence)
        let left = report.left == 1 ? "1 person" : "\(report.left) people"
        lines.append("removed   \(name) from \(gallery.path); left there: \(left)")
        lines += forgetting.places.map { "removed   \($0.path)" }
        for (person, similarity) in forgetting.traces {
            identities += Self.ids(person).map { .unknown(id: $0) }
            lines.append(
                "removed   \(person.id), similarity \(Event.rounded(similarity)): \(person.views.count) pictures")
        }
        if !forgetting.others.isEmpty {
            let ids = forgetting.others.map(\.id).joined(separator: ", ")
            lines.append("remains   \(ids): another network embedded them, no picture is kept, they do not compare")
        }
        lines += report.links.map { "remains   \($0.target), to which \($0.link.path) led: remove it by hand" }
        if events || recordings {
            DaemonInSight(files.configuration.events.socket).waitUntilGone(name, from: gallery, leaving: report.left)
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
        if events, !traces.isEmpty {
            lines.append("rewritten \(try traces.eraseEvents(unlessRecorded: recordings)) events")
        }
        return lines
            + traces.remaining(events: events, recordings: recordings, service.words).map { "remains   \($0)" }
    }
}
