import ArgumentParser
import Events
import Foundation
import VisageCore

/// `visage tail`: events as they happen.
package struct Tail: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Print events as they happen.",
        discussion: """
            Reconnects when the daemon restarts, and then prints the events that were missed. Ctrl-C stops it.
            """)

    @Option(
        help: "The event socket of the daemon, /run/visage/events.sock by default; with --fleet that of visage-fleet.")
    var socket: String?

    @Flag(help: "Print the events of all machines of the fleet. --since may only be 0 then.")
    var fleet = false

    @Option(help: "Print only events of this camera. May be repeated.")
    var camera: [String] = []

    @Option(
        help:
            """
            Print only events of this type, such as face.identified. May be repeated. The types frame, stats and status \
            are sent only if they are named here.
            """
    )
    var type: [String] = []

    @Option(help: "First print the logged events after this seq; 0 prints the whole log.")
    var since: Int64?

    @Flag(help: "Print each event as the daemon sent it, one JSON object per line.")
    var json = false

    @Flag(help: "Exit when the daemon stops, instead of reconnecting.")
    var noReconnect = false

    package func validate() throws {
        if let type = type.first(where: { EventType(rawValue: $0) == nil }) {
            let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no type '\(type)'; the types are \(all).")
        }
        if let since, since < 0 { throw ValidationError("--since has to be 0 or more.") }
        if fleet, let since, since != 0 {
            throw ValidationError("--since can only be 0 with --fleet: each machine has numbers of its own.")
        }
    }

    package init() {}

    package func run() throws {
        if fleet {
            return try FleetTail(
                socket: socket ?? DefaultSocket.fleet, cameras: camera, types: type, isFromBeginning: since == 0,
                isJSON: json, endsWithService: noReconnect
            ).run()
        }
        Output.endQuietly()
        let socket = socket ?? DefaultSocket.daemon
        var last = Place(since: since)
        // Only the first failure to connect is an error: later the daemon may just be restarting.
        var client: EventClient? = try EventClient(connectingTo: socket)
        var isLost = false
        while true {
            if let connected = client {
                if isLost { Output.note("reconnected") }
                isLost = false
                let again = try follow(connected, last: &last)
                client = again ? try EventClient(connectingTo: socket) : nil
                if again { continue }
                if noReconnect { return }
            }
            if !isLost { Output.note("visaged has closed the connection; waiting for it on \(socket)") }
            isLost = true
            // Between attempts to connect.
            Thread.sleep(forTimeInterval: 0.5)
            client = try? EventClient(connectingTo: socket)
        }
    }

    /// The last event that was printed. Its epoch changes with it, not with `hello`.
    private struct Place {
        var since: Int64?
        var epoch: String?
    }

    /// Prints the events of one connection until it ends.
    /// - Returns: whether to connect again at once.
    private func follow(_ client: EventClient, last: inout Place) throws -> Bool {
        // If the daemon stops in this moment, the read below notices.
        try? client.send(
            EventRequest(
                since: last.since, epoch: last.epoch, types: type.isEmpty ? nil : type,
                cameras: camera.isEmpty ? nil : camera))
        let decoder = JSONDecoder()
        var epoch: String?
        while case .line(let line) = try client.next() {
            let event = try? decoder.decode(Event.self, from: Data(line.utf8))
            switch event?.content {
            case .error(let failure):
                // Happens on a machine under load; what came in the meantime is asked for again.
                if failure.code == .lateRequest { return true }
                guard failure.code == .logUnreadable else { throw VisageError(.source, failure.reason) }
                Output.note(failure.reason)
                continue
            // It counts too, so that a restart before the first event loses nothing.
            case .hello(let hello):
                epoch = hello.epoch
                if last.since == nil { last = Place(since: hello.newest, epoch: epoch) }
            default: break
            }
            if let seq = event?.seq { last = Place(since: seq, epoch: epoch) }
            if json {
                Output.json(line)
            } else if let event {
                Output.line(EventDescription.line(event))
            }
        }
        return false
    }
}
