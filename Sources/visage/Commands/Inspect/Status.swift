import ArgumentParser
import Foundation
import Publishing
import VisageCore

/// `visage status`: the state of a running daemon.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the state of the running daemon.",
        discussion: """
            Prints version, models, gallery, subscribers and event log, a table of the cameras, the state of their \
            recordings, and the faces in sight.
            """)

    @Option(help: "The event socket of the daemon.")
    var socket = EventServer.defaultPath

    @Flag(
        help: """
            Print one JSON object with version, run, cameras, tracks, oldest and newest (seq in the log), and status, an \
            object with started, engine, models, cameras, gallery, log, unknown and subscribers.
            """)
    var json = false

    /// How long the daemon may take to answer.
    private static let timeout = Duration.seconds(5)

    func run() throws {
        Output.endQuietly()
        let deadline = MonotonicTime.now + Status.timeout
        var report: Report?
        while report == nil {
            do {
                report = try ask(before: deadline)
            } catch let refusal as Refusal where refusal.code == .lateRequest && MonotonicTime.now < deadline {
                // Happens on a machine under load: connecting anew helps.
            } catch let refusal as Refusal {
                throw VisageError(.source, refusal.reason)
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

    /// What the daemon says in an `error` event.
    private struct Refusal: Error {
        let code: Event.ErrorCode?
        let reason: String
    }

    /// - Throws: `Refusal`, or `VisageError` if it does not answer as a daemon does.
    private func ask(before deadline: MonotonicTime) throws -> Report {
        let client = try EventClient(connectingTo: socket)
        try client.send(EventRequest(types: [EventType.status.rawValue]))
        guard let hello = try next(client, before: deadline), hello.type == .hello else {
            throw VisageError(
                .source, "The program that answers on \(socket) is not visaged, or it hangs: restart visaged")
        }
        guard let status = try next(client, before: deadline)?.status else {
            throw VisageError(.source, "The visaged on \(socket) does not report its status: restart it")
        }
        return Report(hello, status)
    }

    private func next(_ client: EventClient, before deadline: MonotonicTime) throws -> Event? {
        let left = max(.zero, deadline - MonotonicTime.now)
        guard case .line(let line) = try client.next(timeout: left) else { return nil }
        let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
        if let event, event.type == .error {
            throw Refusal(
                code: event.code, reason: event.reason ?? "The daemon reports an error and does not say which")
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
        let status: Event.Status

        init(_ hello: Event, _ status: Event.Status) {
            version = hello.version ?? "unknown"
            run = hello.run
            cameras = hello.cameras ?? []
            tracks = hello.tracks ?? []
            oldest = hello.oldest ?? 1
            newest = hello.newest ?? 0
            self.status = status
        }

        var table: [String] {
            let log = oldest > newest ? "empty, last seq \(newest)" : "seq \(oldest) to \(newest)"
            var lines = ["visaged \(version) since \(status.started), run \(run)"]
            lines.append("models       \(status.engine): \(status.models.values.sorted().joined(separator: ", "))")
            lines.append(
                "gallery      "
                    + (status.gallery.map { "\($0.people) people, threshold \($0.threshold), \($0.path)" } ?? "none"))
            if let unknown = status.unknown {
                let dropped = unknown.dropped > 0 ? ", \(unknown.dropped) views dropped because the disk is slow" : ""
                lines.append("unknown      \(unknown.people) people, \(unknown.views) views\(dropped)")
            }
            let slow = status.subscribers.filter { $0.lag > 0 }
            lines.append(
                "subscribers  \(status.subscribers.count)"
                    + (slow.isEmpty ? "" : ", behind by \(slow.map { "\($0.lag)" }.joined(separator: ", ")) events"))
            lines.append("events       \(log)" + (status.log?.problem.map { "; not being logged: \($0)" } ?? ""))
            lines.append("")
            lines += aligned([Self.heads] + status.cameras.map(figures))
            lines.append("")
            lines += status.cameras.flatMap(remarks)
            lines += tracks.isEmpty ? ["nobody in sight"] : tracks.map(EventDescription.face)
            return lines
        }

        private static let heads = [
            "camera", "state", "size", "fps", "age ms", "skipped", "damaged", "missed", "down in 1 h",
        ]

        private func figures(_ camera: Event.Status.Camera) -> [String] {
            let size = camera.width.flatMap { width in camera.height.map { "\(width)x\($0)" } } ?? "-"
            return [
                camera.camera, camera.isUp ? "up" : "down", size, String(format: "%.1f", camera.fps),
                camera.ageMs.map(String.init) ?? "-", "\(camera.skipped)", "\(camera.damaged)", "\(camera.missed)",
                "\(camera.outagesLastHour)",
            ]
        }

        /// Lines below the table: why a camera is down, and the state of its recording.
        private func remarks(_ camera: Event.Status.Camera) -> [String] {
            var lines = camera.reason.map { ["\(camera.camera): \(camera.source): \($0)"] } ?? []
            if let recording = camera.recording {
                let file = recording.file.map { "\(recording.folder)/\($0)" } ?? "nothing at the moment"
                let free = recording.freeMB.map { ", \($0) MiB free" } ?? ""
                let problem = recording.problem.map { ": \($0)" } ?? ""
                lines.append("\(camera.camera): recording \(file)\(free)\(problem)")
            }
            return lines
        }

        private func aligned(_ rows: [[String]]) -> [String] {
            guard let first = rows.first else { return [] }
            let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
            return rows.map { row in
                row.indices.map { column in
                    let gap = String(repeating: " ", count: widths[column] - row[column].count)
                    return column < 2 ? row[column] + gap : gap + row[column]
                }.joined(separator: "  ")
            }
        }
    }
}
