import Events
import Foundation
import VisageCore

/// What `visage status` prints. Keys as `--json` prints them.
struct StatusReport: Encodable {
    let version: String
    let run: String
    let cameras: [String]
    let tracks: [Event.LiveTrack]
    let oldest: Int64
    let newest: Int64
    let status: Event.Status

    init(_ hello: Event.Hello, run: String, _ status: Event.Status) {
        version = hello.version
        self.run = run
        cameras = hello.cameras
        tracks = hello.tracks
        oldest = hello.oldest
        newest = hello.newest
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
        lines += (status.disks ?? []).map(disk)
        if let clock = status.clock, !clock.isTrusted {
            let hours = clock.missingHours.map { " for \($0) more hours" } ?? ""
            lines.append("clock        not trusted: nothing is deleted because of its age\(hours)")
        }
        lines.append("")
        lines += aligned([Self.heads] + status.cameras.map(figures))
        lines.append("")
        lines += status.cameras.flatMap(remarks)
        lines += tracks.isEmpty ? ["nobody in sight"] : tracks.map(EventDescription.face)
        return lines
    }

    private func disk(_ disk: Event.Status.Disk) -> String {
        let deleted = disk.deleted > 0 ? ", \(disk.deleted) recordings (\(disk.deletedMB) MiB) deleted for that" : ""
        let problem = disk.problem.map { ": \($0)" } ?? ""
        return "disk         \(disk.holds.joined(separator: ", ")): \(disk.freeMB) MiB free, "
            + "\(disk.keepFreeMB) kept\(deleted)\(problem)"
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
