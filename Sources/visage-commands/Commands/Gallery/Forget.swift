import ArgumentParser
import ClientCommands
import Daemon
import Foundation
import Publishing
import Recognition
import Unknowns
import VisageCore
import Visits

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a person, known or unknown, and the data about them.",
        discussion: """
            Deletes the photos, the gallery entry, and the unknown people who look like this person. Events and recordings \
            are changed only with --events and --recordings; otherwise the command prints what they contain. Run it as the \
            user of the daemon: sudo -u visage visage forget NAME.
            """)

    @Argument(help: "The name of a person in the gallery, or an id such as unknown-17.")
    var name: String

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @Flag(help: "Also overwrite the name in the event log.")
    var events = false

    @Flag(help: "Also delete the recordings in which the person appears, whoever else is in them.")
    var recordings = false

    @OptionGroup var lines: JSONOption
    @OptionGroup var service: ServiceOptions

    func run() throws {
        lines.apply()
        let files = try ServiceFiles(service)
        let history = try EventHistory(at: log(files))
        let name = name.precomposedStringWithCanonicalMapping
        let isID = UnknownPerson.number(of: name) != nil
        // Printed after the work: a reader that closes the pipe early does not interrupt it.
        let lines =
            try isID ? forgetUnknown(name, files, history) : forgetPerson(name, files, history)
        for line in lines { Output.line(line) }
    }

    private func forgetUnknown(_ id: String, _ files: ServiceFiles, _ history: EventHistory?) throws -> [String] {
        let removal = try UnknownRemoval(id, among: files.people(), store: files.store)
        // Somebody whom other machines alone have seen.
        let elsewhere = removal.isStored ? [] : files.fleet?.numbers(of: id) ?? []
        let ids = Set(removal.ids + elsewhere.map(UnknownPerson.id)).sorted()
        let identities = ids.map { Identity.unknown(id: $0) }
        let traces = try traces(of: identities, in: history, files)
        guard try removal.isStored || !traces.isEmpty || !elsewhere.isEmpty || isVisitor(identities, files) else {
            throw VisageError(.notFound, "There is no \(id); `visage label --list` lists the unknown people")
        }
        try confirm("Forget \(id)?")
        var lines: [String] = []
        try files.fleet?.announce(ids)
        switch try removal.run() {
        case .person(let person): lines.append("removed   \(person.id): \(person.views.count) views")
        case .unreadable(let folder): lines.append("removed   \(folder.path)")
        case .nothing: break
        }
        if files.fleet != nil {
            lines.append("removed   \(ids.joined(separator: ", ")) from the fleet, as machines are reached")
        }
        return try lines + settle(traces, of: identities, files)
    }

    private func forgetPerson(_ name: String, _ files: ServiceFiles, _ history: EventHistory?) throws -> [String] {
        let gallery = try files.gallery()
        let update = try files.update(files.lock())
        let forgetting = try Forgetting(
            name, among: files.people(), store: files.store, update: update,
            announce: { try files.fleet?.announce($0) })
        var identities = [Identity.person(name)]
        guard forgetting.isKnown else {
            // An earlier run without --events may have deleted everything else.
            let traces = try traces(of: identities, in: history, files)
            guard try !traces.isEmpty || isVisitor(identities, files) else {
                let names =
                    forgetting.names.isEmpty
                    ? "the gallery is empty" : "known people: " + forgetting.names.joined(separator: ", ")
                throw VisageError(.notFound, "There is nobody called \(name); \(names)")
            }
            try confirm("\(name) is in the history of events only. Continue?")
            return try settle(traces, of: identities, files)
        }
        if let gone = update.strangersGone {
            Output.note(
                "the photos of strangers that the threshold was set with are missing, so the threshold is kept: \(gone)"
            )
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
            identities += person.ids.map { .unknown(id: $0) }
            lines.append(
                "removed   \(person.id), similarity \(similarity.roundedToFourDecimals): \(person.views.count) views")
        }
        if !forgetting.others.isEmpty {
            let ids = forgetting.others.map(\.id).joined(separator: ", ")
            lines.append("remains   \(ids): stored with another embedder and without views, so they cannot be compared")
        }
        lines += report.links.map {
            "remains   \($0.target), the target of the link \($0.link.path): delete it by hand"
        }
        if events || recordings {
            DaemonInSight(files.configuration.events.socket).waitUntilGone(name, from: gallery, leaving: report.left)
        }
        return try lines + settle(traces(of: identities, in: history, files), of: identities, files)
    }

    private func traces(
        of identities: [Identity], in history: EventHistory?, _ files: ServiceFiles
    ) throws -> PersonTraces {
        try PersonTraces(
            of: identities, in: history, at: log(files), recordings: files.configuration.recording.folder)
    }

    /// The index of the page in the browser; nil if there is none.
    private func visits(_ files: ServiceFiles) throws -> VisitStore? {
        let path = VisitStore.path(state: files.configuration.state)
        return access(path, F_OK) == 0 ? try VisitStore(at: path) : nil
    }

    /// Whether there are visits to erase somebody from: also of those who were seen by other machines of the fleet alone.
    private func isVisitor(_ identities: [Identity], _ files: ServiceFiles) throws -> Bool {
        guard events, let visits = try visits(files) else { return false }
        return try identities.contains(where: visits.contains)
    }

    private func log(_ files: ServiceFiles) -> String { files.configuration.state + "/events.db" }

    private func confirm(_ question: String) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw VisageError(
                .usage, "Confirmation is needed and there is no terminal: \(question) Pass --yes to confirm")
        }
        Output.control("\(TerminalText.escaped(question)) [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            throw VisageError(.usage, "Canceled; nothing was changed")
        }
    }

    /// Removes what was requested of the events and the recordings.
    /// - Returns: lines that say what was removed and what remains.
    private func settle(_ traces: PersonTraces, of identities: [Identity], _ files: ServiceFiles) throws -> [String] {
        var lines: [String] = []
        if recordings { lines += try traces.removeRecordings().map { "removed   \($0)" } }
        if events {
            lines += try traces.removeDamagedLogs().map { "removed   \($0), a damaged event log with the name in it" }
        }
        if events, !traces.all.isEmpty {
            let (count, isClean) = try traces.eraseEvents(unlessRecorded: recordings)
            if !isClean {
                Output.note(
                    "the event log is in use: the overwritten text stays in its -wal file until the next checkpoint")
            }
            lines.append("rewritten \(count) events")
        }
        // After the log: the page reads anew from it what it had not taken in yet.
        if let visits = try visits(files) {
            for identity in identities {
                if events { try visits.forget(identity) } else { try visits.removePictures(of: identity) }
            }
            if recordings { visits.pictures.sweep(recordings: files.configuration.recording.folder) }
        }
        return lines + traces.remaining(events: events, recordings: recordings, service.words)
    }
}
