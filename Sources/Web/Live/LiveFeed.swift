import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization
import VisageCore
import Visits

/// What the live page hears, as server-sent events: the whole state after each change. It is written down once for all who
/// look, and who is slow gets the newest one only.
final class LiveFeed: Sendable {
    private struct Body: Encodable {
        let connected: Bool
        let cameras: [LiveState.Camera]
        /// The list of the last visits, HTML.
        let recent: String
    }

    private let live: LiveState
    private let visits: VisitStore
    private let pages: Pages
    private let latest = Mutex<(serial: Int, text: String)>((-1, ""))
    private let message = Mutex<(serial: Int, bytes: ByteBuffer)>((-1, ByteBuffer()))

    private static let recentVisits = 12
    /// Changes that come faster are told together.
    private static let pause = Duration.milliseconds(100)

    init(_ live: LiveState, _ visits: VisitStore, _ pages: Pages) {
        self.live = live
        self.visits = visits
        self.pages = pages
    }

    /// The number of those who look.
    var viewers: Int { live.changes.count }

    /// The last visits as HTML.
    /// - Throws: `VisageError`.
    func recent() throws -> String {
        let serial = live.visitSerial
        if let text = latest.withLock({ $0.serial == serial ? $0.text : nil }) { return text }
        let found = try visits.visits(limit: Self.recentVisits)
        let text = pages.fragment("visits", ["visits": found.map(VisitView.init), "isEmpty": found.isEmpty])
        latest.withLock { $0 = (serial, text) }
        return text
    }

    func response() -> Response {
        let body = ResponseBody { [self] writer in
            let stream = live.changes.stream()
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            for await _ in stream.cancelOnGracefulShutdown() {
                try await writer.write(try current())
                try await Task.sleep(for: Self.pause)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store", .constant("X-Accel-Buffering"): "no",
            ], body: body)
    }

    /// The state as one event, made once after each change, however many look.
    private func current() throws -> ByteBuffer {
        let serial = live.serial
        if let bytes = message.withLock({ $0.serial == serial ? $0.bytes : nil }) { return bytes }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(
            Body(connected: live.isConnected, cameras: live.cameras, recent: try recent()))
        var bytes = ByteBuffer(string: "event: state\ndata: ")
        bytes.writeBytes(json)
        bytes.writeString("\n\n")
        message.withLock { $0 = (serial, bytes) }
        return bytes
    }
}
