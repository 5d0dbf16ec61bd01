import Events
import Foundation
import Hummingbird
import VisageCore

/// How the daemon does: what `visage status` says.
struct SystemPage: Feature {
    let pages: Pages
    let reader: StatusReader

    var navigation: NavigationItem? { NavigationItem("System", "/system") }

    var routes: [Route] {
        [
            Route(.get, "/system", .viewer, .page) { _, context in
                var content: [String: Any] = [:]
                do {
                    content = Self.content(try await reader.report())
                } catch let error as VisageError {
                    content["problem"] = error.description
                }
                return pages.page(
                    "system", title: "System", section: "/system", content, scripts: ["system.js"], context)
            }
        ]
    }

    private static func content(_ report: StatusReader.Report) -> [String: Any] {
        let status = report.status
        var facts: [[String: Any]] = [
            fact("Version", "visaged \(report.hello.version)"), fact("Running since", local(status.started)),
            fact("Inference", status.engine), fact("Models", status.models.values.sorted().joined(separator: ", ")),
            fact(
                "Gallery",
                status.gallery.map { "\($0.people) \($0.people == 1 ? "person" : "people"), threshold \($0.threshold)" }
                    ?? "none: everybody is unknown"),
        ]
        if let unknown = status.unknown {
            facts.append(fact("Unknown people", "\(unknown.people), with \(unknown.views) pictures"))
        }
        let log = report.hello
        let events = log.oldest > log.newest ? "empty" : "\(log.newest - log.oldest + 1) events"
        facts.append(fact("Event log", events, problem: status.log?.problem.map { "not written: \($0)" }))
        let lag = status.subscribers.map(\.lag).max() ?? 0
        facts.append(
            fact("Subscribers", "\(status.subscribers.count)" + (lag > 0 ? ", the slowest \(lag) events behind" : "")))
        if let clock = status.clock {
            let hours = clock.missingHours.map { " for \($0) more hours" } ?? ""
            facts.append(
                fact(
                    "Clock", clock.isTrusted ? "trusted" : "not trusted yet",
                    problem: clock.isTrusted ? nil : "nothing is deleted because of its age\(hours)"))
        }
        return [
            "facts": facts, "cameras": status.cameras.map(camera), "disks": (status.disks ?? []).map(disk),
            "hasDisks": !(status.disks ?? []).isEmpty,
        ]
    }

    private static func fact(_ name: String, _ value: String, problem: String? = nil) -> [String: Any] {
        var fact: [String: Any] = ["name": name, "value": value]
        if let problem { fact["problem"] = problem }
        return fact
    }

    private static func camera(_ camera: Event.Status.Camera) -> [String: Any] {
        var view: [String: Any] = [
            "name": camera.camera, "source": camera.source, "isUp": camera.isUp,
            "size": camera.width.flatMap { width in camera.height.map { "\(width) × \($0)" } } ?? "–",
            "fps": String(format: "%.1f", camera.fps), "age": camera.ageMs.map { "\($0) ms" } ?? "–",
            "skipped": camera.skipped, "damaged": camera.damaged, "missed": camera.missed,
            "unrecorded": camera.unrecorded, "outages": camera.outagesLastHour,
            "recording": camera.recording.map { $0.file ?? "nothing now" } ?? "off",
        ]
        if let reason = camera.reason { view["reason"] = reason }
        if let problem = camera.recording?.problem { view["problem"] = problem }
        return view
    }

    private static func disk(_ disk: Event.Status.Disk) -> [String: Any] {
        var view: [String: Any] = [
            "holds": disk.holds.joined(separator: ", "), "free": size(disk.freeMB), "keep": size(disk.keepFreeMB),
            "deleted": disk.deleted == 0
                ? "none" : "\(disk.deleted) (\(size(disk.deletedMB)))",
        ]
        if let problem = disk.problem { view["problem"] = problem }
        return view
    }

    private static func size(_ megabytes: Int) -> String {
        megabytes >= 10_240 ? "\(megabytes / 1024) GiB" : "\(megabytes) MiB"
    }

    private static func local(_ time: String) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? style.parse(time) else { return time }
        return "\(VisitView.day(date)) \(VisitView.clock(date))"
    }
}
