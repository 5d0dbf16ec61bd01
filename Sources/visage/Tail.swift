import ArgumentParser
import Foundation
import Publishing
import VisageCore

/// `visage tail`: events as they happen.
struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show events as they happen.",
        discussion: "Stays when the daemon restarts, and then asks for what it missed. Ends on Ctrl-C.")

    @Option(help: "The daemon's event socket.")
    var socket = EventServer.defaultPath

    @Option(help: "Only this camera; may be given several times.")
    var camera: [String] = []

    @Option(
        help:
            "Only this type, such as face.identified; may be given several times. frame and stats come only so."
    )
    var type: [String] = []

    @Option(help: "First show what the log has after this seq; 0 for all of it.")
    var since: Int64?

    @Flag(help: "Print each event as the daemon sent it: one JSON object a line.")
    var json = false

    @Flag(help: "End when the daemon does.")
    var noReconnect = false

    func validate() throws {
        if let type = type.first(where: { EventType(rawValue: $0) == nil }) {
            let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no type '\(type)'; there are \(all).")
        }
        if let since, since < 0 { throw ValidationError("--since must be 0 or more.") }
    }

    func run() throws {
        Output.endQuietly()
        var last = since
        // Only the first failure to connect is one: later on the daemon may just be restarting.
        var client: EventClient? = try EventClient(connectingTo: socket)
        var isLost = false
        while true {
            if let connected = client {
                if isLost { Output.note("connected again") }
                isLost = false
                let again = try follow(connected, last: &last)
                client = again ? try EventClient(connectingTo: socket) : nil
                if again { continue }
                if noReconnect { return }
            }
            if !isLost { Output.note("the daemon has gone; waiting for it on \(socket)") }
            isLost = true
            // Between attempts to connect.
            Thread.sleep(forTimeInterval: 0.5)
            client = try? EventClient(connectingTo: socket)
        }
    }

    /// Shows what one connection brings, up to its end. true: connect once more at once.
    private func follow(_ client: EventClient, last: inout Int64?) throws -> Bool {
        // A daemon that goes away in this moment is seen by reading.
        try? client.send(
            EventRequest(
                since: last, types: type.isEmpty ? nil : type, cameras: camera.isEmpty ? nil : camera))
        let decoder = JSONDecoder()
        while case .line(let line) = try client.next() {
            let event = try? decoder.decode(Event.self, from: Data(line.utf8))
            if let event, event.type == .error {
                // Happens on a machine under load; what came in the meantime is asked for again.
                if event.code == .lateRequest { return true }
                let reason = event.reason ?? "The daemon reports an error and does not say which"
                guard event.code == .logUnreadable else { throw VisageError(.source, reason) }
                Output.note(reason)
                continue
            }
            // From the greeting on, so that a restart before the first event loses nothing either.
            if let seq = event?.seq ?? (last == nil ? event?.newest : nil) { last = seq }
            if json {
                Output.line(line)
            } else if let event {
                Output.line(EventDescription.line(event))
            }
        }
        return false
    }
}
