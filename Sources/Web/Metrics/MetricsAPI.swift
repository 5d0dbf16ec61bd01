import Events
import Foundation
import HTTPTypes
import Hummingbird
import VisageCore
import Visits

/// `/metrics` for Prometheus. Nobody is named unless the configuration asks for it.
struct MetricsAPI: Feature {
    let board: MetricsBoard
    let reader: StatusReader
    let visits: VisitStore
    let feeds: CameraFeeds
    let feed: LiveFeed
    let withNames: Bool

    var routes: [Route] {
        [
            Route(.get, "/metrics", .viewer, .data) { _, _ in
                let report = try? await reader.report()
                var text = MetricsText()
                text.add("visage_up", .gauge, "Whether the daemon answers.", report == nil ? 0 : 1)
                if let report {
                    Self.add(report, to: &text)
                    Self.add(report.status.cameras, to: &text)
                }
                addCounts(to: &text)
                text.add(
                    "visage_web_viewers", .gauge, "Who looks at the page now.",
                    [([("of", "frames")], Double(feeds.viewers)), ([("of", "events")], Double(feed.viewers))])
                return Response(
                    status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
            }
        ]
    }

    private static func add(_ report: StatusReader.Report, to text: inout MetricsText) {
        let status = report.status
        text.add(
            "visage_build_info", .gauge, "The version of the daemon.", [([("version", report.hello.version)], 1)])
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        text.add(
            "visage_start_time_seconds", .gauge, "When the daemon started.",
            (try? style.parse(status.started))?.timeIntervalSince1970)
        text.add("visage_gallery_people", .gauge, "People in the gallery.", Double(status.gallery?.people ?? 0))
        text.add(
            "visage_unknown_people", .gauge, "Unknown people who are kept.", status.unknown.map { Double($0.people) })
        text.add(
            "visage_unknown_pictures", .gauge, "Pictures of unknown people.", status.unknown.map { Double($0.views) })
        text.add(
            "visage_events_logged_total", .counter, "The last number that an event was given.",
            Double(report.hello.newest))
        text.add(
            "visage_event_log_writable", .gauge, "Whether events are logged.",
            status.log.map { $0.problem == nil ? 1 : 0 })
        text.add("visage_subscribers", .gauge, "Readers of the event socket.", Double(status.subscribers.count))
        text.add(
            "visage_subscriber_lag_events", .gauge, "How far the slowest reader is behind.",
            Double(status.subscribers.map(\.lag).max() ?? 0))
        text.add(
            "visage_clock_trusted", .gauge, "Whether the clock decides what is old enough to be deleted.",
            status.clock.map { $0.isTrusted ? 1 : 0 })
        let disks = status.disks ?? []
        func disk(_ value: (Event.Status.Disk) -> Double) -> [(labels: [(String, String)], value: Double?)] {
            disks.map { ([("holds", $0.holds.joined(separator: ","))], value($0)) }
        }
        text.add("visage_disk_free_bytes", .gauge, "Free space of a disk.", disk { Double($0.freeMB) * 1_048_576 })
        text.add(
            "visage_disk_keep_free_bytes", .gauge, "What is kept free of it.",
            disk { Double($0.keepFreeMB) * 1_048_576 })
        text.add(
            "visage_recordings_deleted_total", .counter, "Recordings deleted because the disk was full.",
            disk { Double($0.deleted) })
    }

    private static func add(_ cameras: [Event.Status.Camera], to text: inout MetricsText) {
        func each(_ value: (Event.Status.Camera) -> Double?) -> [(labels: [(String, String)], value: Double?)] {
            cameras.map { ([("camera", $0.camera)], value($0)) }
        }
        text.add("visage_camera_up", .gauge, "Whether the camera delivers.", each { $0.isUp ? 1 : 0 })
        text.add("visage_camera_fps", .gauge, "Frames per second of the last ten seconds.", each { $0.fps })
        text.add(
            "visage_camera_frame_age_seconds", .gauge, "Since the newest frame was taken.",
            each { $0.ageMs.map { Double($0) / 1000 } })
        text.add(
            "visage_camera_frames_total", .counter, "Frames published.", each { $0.totals.map { Double($0.frames) } })
        text.add(
            "visage_camera_faces_total", .counter, "Faces found in frames.", each { $0.totals.map { Double($0.faces) } }
        )
        text.add(
            "visage_camera_embeddings_total", .counter, "Faces embedded.",
            each { $0.totals.map { Double($0.embeddings) } })
        text.histogram(
            "visage_camera_frame_latency_seconds", "From capture to publication.",
            cameras.compactMap { camera in camera.totals.map { ([("camera", camera.camera)], Self.latency($0)) } })
        text.add(
            "visage_camera_frames_skipped_total", .counter, "Frames left out because newer ones were there.",
            each { Double($0.skipped) })
        text.add(
            "visage_camera_frames_damaged_total", .counter, "Frames that arrived damaged.", each { Double($0.damaged) })
        text.add("visage_camera_frames_missed_total", .counter, "Frames that never came.", each { Double($0.missed) })
        text.add(
            "visage_camera_frames_unrecorded_total", .counter, "Frames looked at but not recorded.",
            each { Double($0.unrecorded) })
    }

    private static func latency(_ totals: Event.Status.Totals) -> MetricsText.Histogram {
        var count = 0
        var buckets: [(bound: Double, count: Int)] = []
        for (bound, frames) in zip(totals.latencyBoundsMs, totals.latencies) {
            count += frames
            buckets.append((bound / 1000, count))
        }
        return MetricsText.Histogram(
            buckets: buckets, count: totals.latencies.reduce(0, +), sum: totals.latencySumMs / 1000)
    }

    private func addCounts(to text: inout MetricsText) {
        let cameras = board.cameras.sorted { $0.key < $1.key }
        func each(_ value: (MetricsBoard.Camera) -> Double?) -> [(labels: [(String, String)], value: Double?)] {
            cameras.map { ([("camera", $0.key)], value($0.value)) }
        }
        text.add(
            "visage_visits_total", .counter, "Tracks begun, since this server started.", each { Double($0.visits) })
        text.add(
            "visage_verdicts_total", .counter, "Verdicts by kind, since this server started.",
            cameras.flatMap { name, camera in
                ["person", "unknown", "revised", "undecided"].map { kind in
                    ([("camera", name), ("verdict", kind)], Double(camera.verdicts[kind] ?? 0))
                }
            })
        text.add(
            "visage_camera_outages_total", .counter, "How often it went down, since this server started.",
            each { Double($0.outages) })
        text.add(
            "visage_camera_embeddings_queued", .gauge, "Embeddings under way.", each { $0.queued.map(Double.init) })
        if withNames {
            text.add(
                "visage_person_identified_total", .counter, "How often whom, since this server started.",
                board.people.sorted { $0.key < $1.key }.map { ([("person", $0.key)], Double($0.value)) })
        }
    }
}
