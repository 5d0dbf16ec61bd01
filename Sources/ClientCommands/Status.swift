import ArgumentParser
import Events
import Foundation
import VisageCore

/// `visage status`: the state of a running daemon.
package struct Status: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the state of the running daemon.",
        discussion: """
            Prints version, models, gallery, subscribers and event log, a table of the cameras, the state of their \
            recordings, and the faces in sight.
            """)

    @Option(
        help: "The event socket of the daemon, /run/visage/events.sock by default; with --fleet that of visage-fleet.")
    var socket: String?

    @Flag(
        help: "Show all machines of the fleet: cameras, events that are not published yet, version, gallery, last seen."
    )
    var fleet = false

    @Flag(
        help: """
            Print one JSON object with version, run, cameras, tracks, oldest and newest (seq in the log), and status, an \
            object with started, engine, models, cameras, gallery, log, unknown, subscribers, disks and clock.
            """)
    var json = false

    /// How long the daemon may take to answer.
    private static let timeout = Duration.seconds(5)

    package init() {}

    package func run() throws {
        Output.endQuietly()
        if fleet { return try FleetReport(socket: socket ?? DefaultSocket.fleet, isJSON: json).run() }
        let socket = socket ?? DefaultSocket.daemon
        let deadline = MonotonicTime.now + Status.timeout
        var report: StatusReport?
        while report == nil {
            do {
                report = try ask(socket, before: deadline)
            } catch let refusal as Refusal where refusal.code == .lateRequest && MonotonicTime.now < deadline {
                // Happens on a machine under load: connecting anew helps.
            } catch let refusal as Refusal {
                throw VisageError(.source, refusal.reason)
            }
        }
        guard let report else { return }
        if json {
            try printJSON(report)
        } else {
            for line in report.table { Output.line(line) }
        }
    }

    /// What the daemon says in an `error` event.
    private struct Refusal: Error {
        let code: Event.ErrorCode
        let reason: String
    }

    /// - Throws: `Refusal`, or `VisageError` if it does not answer as a daemon does.
    private func ask(_ socket: String, before deadline: MonotonicTime) throws -> StatusReport {
        let client = try EventClient(connectingTo: socket)
        try client.send(EventRequest(types: [EventType.status.rawValue]))
        guard let greeting = try next(client, before: deadline), case .hello(let hello) = greeting.content else {
            throw VisageError(
                .source, "The program that answers on \(socket) is not visaged, or it hangs: restart visaged")
        }
        guard case .status(let status)? = try next(client, before: deadline)?.content else {
            throw VisageError(.source, "The visaged on \(socket) does not report its status: restart it")
        }
        return StatusReport(hello, run: greeting.run, status)
    }

    private func next(_ client: EventClient, before deadline: MonotonicTime) throws -> Event? {
        let left = max(.zero, deadline - MonotonicTime.now)
        guard case .line(let line) = try client.next(timeout: left) else { return nil }
        let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
        if case .error(let failure)? = event?.content { throw Refusal(code: failure.code, reason: failure.reason) }
        return event
    }
}
