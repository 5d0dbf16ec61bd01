import ArgumentParser
import Foundation
import Publishing
import VisageCore

/// `visage status`: what the daemon is doing.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what the daemon is doing.")

    @Option(help: "The daemon's event socket.")
    var socket = EventServer.defaultPath

    @Flag(
        help: """
            Print one JSON object: version, run, cameras, tracks, oldest and newest (seq in the log), and stats by \
            camera.
            """)
    var json = false

    /// How long the daemon may take to answer.
    private static let patience = Duration.seconds(5)

    func run() throws {
        Output.endQuietly()
        let deadline = MonotonicTime.now + Status.patience
        var report: Report?
        while report == nil {
            do {
                report = try ask(before: deadline)
            } catch let error as VisageError
                where error.message == EventRequest.tooLate && MonotonicTime.now < deadline
            {
                // A machine under load: once more.
            }
        }
        guard let report else { return }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Output.line(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            for line in report.table { Output.line(line) }
        }
    }

    private func ask(before deadline: MonotonicTime) throws -> Report {
        let client = try EventClient(connectingTo: socket)
        try client.send(EventRequest(types: [EventType.stats.rawValue]))
        guard let hello = try next(client, before: deadline), hello.type == .hello else {
            throw VisageError(.source, "What answers on \(socket) is not visaged, or it is stuck: restart it")
        }
        return Report(hello, stats: try stats(client, of: hello.cameras ?? []))
    }

    /// The newest figures come at once, but a camera that has just started has none yet.
    private func stats(_ client: EventClient, of cameras: [String]) throws -> [String: Event.Stats] {
        let deadline = MonotonicTime.now + .seconds(1)
        var found: [String: Event.Stats] = [:]
        while found.count < cameras.count, let event = try next(client, before: deadline) {
            if let camera = event.camera, let stats = event.stats { found[camera] = stats }
        }
        return found
    }

    private func next(_ client: EventClient, before deadline: MonotonicTime) throws -> Event? {
        let left = max(.zero, deadline - MonotonicTime.now)
        guard case .line(let line) = try client.next(timeout: left) else { return nil }
        let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
        if let event, event.type == .error {
            throw VisageError(.source, event.reason ?? "The daemon refuses")
        }
        return event
    }

    /// What is printed.
    private struct Report: Encodable {
        let version: String
        let run: String
        let cameras: [String]
        let tracks: [Event.LiveTrack]
        let oldest: Int64
        let newest: Int64
        let stats: [String: Event.Stats]

        init(_ hello: Event, stats: [String: Event.Stats]) {
            version = hello.version ?? "unknown"
            run = hello.run
            cameras = hello.cameras ?? []
            tracks = hello.tracks ?? []
            oldest = hello.oldest ?? 1
            newest = hello.newest ?? 0
            self.stats = stats
        }

        var table: [String] {
            let log = oldest > newest ? "empty, last seq \(newest)" : "seq \(oldest) to \(newest)"
            var lines = ["visaged \(version), run \(run)", "log: \(log)", ""]
            var rows = [["camera", "fps", "p50 ms", "p99 ms", "skipped", "queued", "dropped"]]
            rows += cameras.map { [$0] + figures(stats[$0]) }
            lines += aligned(rows)
            lines.append("")
            lines += tracks.isEmpty ? ["nobody in sight"] : tracks.map(EventDescription.face)
            return lines
        }

        private func figures(_ stats: Event.Stats?) -> [String] {
            guard let stats else { return [String](repeating: "-", count: 6) }
            return [stats.fps, stats.latencyP50Ms, stats.latencyP99Ms].map { String(format: "%.1f", $0) }
                + [stats.skipped, stats.queued, stats.eventsDropped].map(String.init)
        }

        private func aligned(_ rows: [[String]]) -> [String] {
            guard let first = rows.first else { return [] }
            let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
            return rows.map { row in
                row.indices.map { column in
                    let gap = String(repeating: " ", count: widths[column] - row[column].count)
                    return column == 0 ? row[column] + gap : gap + row[column]
                }.joined(separator: "  ")
            }
        }
    }
}
