import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization
import VisageCore

/// The cameras' frames over HTTP: one picture, one camera's stream, or all cameras in one stream. The last is what the live
/// page reads: browsers open six connections to a server, and a camera each would use them up.
struct FrameStreams: Sendable {
    private let feeds: CameraFeeds

    /// What a stream repeats while no frame comes, so that a viewer who has gone is noticed.
    private static let keepAlive = Duration.seconds(5)
    /// A stream without a frame ends after so long.
    private static let longestSilence = Duration.seconds(30)

    init(_ feeds: CameraFeeds) { self.feeds = feeds }

    /// The newest frame.
    /// - Throws: `WebFailure`: 404 for a camera that there is not, 503 if none comes.
    func picture(of camera: String) async throws -> Response {
        guard let feed = feeds.feed(of: camera) else { throw WebFailure(.notFound, "There is no camera \(camera).") }
        let (stream, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let looking = feed.look(wake)
        defer { withExtendedLifetime(looking) {} }
        let deadline = Task {
            // The timeout of a camera that delivers nothing.
            try? await Task.sleep(for: .seconds(4))
            wake.finish()
        }
        defer { deadline.cancel() }
        // One that is there already may be old, if the camera has just gone.
        if let (frame, _) = feed.newest(after: 0), MonotonicTime.now - frame.time < .seconds(1) {
            return Self.jpeg(frame)
        }
        for await _ in stream {
            if let (frame, _) = feed.newest(after: 0) { return Self.jpeg(frame) }
        }
        throw WebFailure(.serviceUnavailable, "The camera \(camera) delivers no frames now.")
    }

    private static func jpeg(_ frame: JPEGFrame) -> Response {
        Response(
            status: .ok, headers: [.contentType: "image/jpeg", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: frame.bytes))
    }

    /// One camera's frames as multipart MJPEG.
    /// - Throws: `WebFailure` (404).
    func stream(of camera: String) throws -> Response {
        guard feeds.feed(of: camera) != nil else { throw WebFailure(.notFound, "There is no camera \(camera).") }
        return response("multipart/x-mixed-replace; boundary=visage", [camera], interval: .zero) { _, bytes in
            "\r\n--visage\r\nContent-Type: image/jpeg\r\nContent-Length: \(bytes)\r\n\r\n"
        }
    }

    /// Several cameras' frames, each as a line `<camera> <bytes>` and the JPEG.
    /// - Parameter rate: frames of each camera per second, at most; 0: all.
    func frames(of cameras: [String], rate: Double) -> Response {
        let interval = rate > 0 ? Duration.seconds(1 / rate) : .zero
        return response("application/octet-stream", cameras, interval: interval) { camera, bytes in
            "\(camera) \(bytes)\n"
        }
    }

    /// Waits for a frame, writes it, and only then looks for the newest one again: who takes long misses frames.
    /// - Parameter head: what stands before a frame of so many bytes.
    private func response(
        _ type: String, _ cameras: [String], interval: Duration,
        head: @escaping @Sendable (_ camera: String, _ bytes: Int) -> String
    ) -> Response {
        let watched: [(String, CameraFeed)] = cameras.compactMap { name in feeds.feed(of: name).map { (name, $0) } }
        let body = ResponseBody { writer in
            let (stream, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let looking = watched.map { $0.1.look(wake, interval: interval) }
            let ticking = Task {
                while !Task.isCancelled {
                    // A timer: proxies close a connection on which nothing comes.
                    try? await Task.sleep(for: Self.keepAlive)
                    wake.yield()
                }
            }
            defer {
                ticking.cancel()
                withExtendedLifetime(looking) {}
            }
            var turns = watched.map { _ in Turn() }
            var lastWrite = MonotonicTime.now
            wake.yield()
            for await _ in stream.cancelOnGracefulShutdown() {
                for (index, (camera, feed)) in watched.enumerated() {
                    guard let frame = turns[index].next(of: feed, interval) else { continue }
                    let line = ByteBuffer(string: head(camera, frame.bytes.readableBytes))
                    try await writer.write(contentsOf: [line, frame.bytes])
                    lastWrite = .now
                }
                // Nobody knows whether somebody still looks at cameras that deliver nothing. Who does comes again.
                if MonotonicTime.now - lastWrite > Self.longestSilence { break }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "no-store", .constant("X-Accel-Buffering"): "no"], body: body)
    }

    /// Which frame of a camera a viewer has had.
    private struct Turn {
        private var serial = 0
        private var time = MonotonicTime(nanoseconds: 0)

        /// The newest frame, if it is another one and due; the same one again after a while, so that a viewer who has gone
        /// is noticed.
        mutating func next(of feed: CameraFeed, _ interval: Duration) -> JPEGFrame? {
            let age = MonotonicTime.now - time
            let isRepeated = age > FrameStreams.keepAlive
            // A little less than the interval, because a camera's frames do not come in step.
            guard isRepeated || age * 10 > interval * 9,
                let (frame, serial) = feed.newest(after: isRepeated ? -1 : serial)
            else { return nil }
            (self.serial, time) = (serial, .now)
            return frame
        }
    }
}

/// A feed for each camera that the daemon has.
final class CameraFeeds: Sendable {
    private let folder: String
    private let feeds = Mutex<[String: CameraFeed]>([:])

    init(folder: String) { self.folder = folder }

    /// The cameras that there are now.
    func update(_ cameras: [String]) {
        guard !folder.isEmpty else { return }
        feeds.withLock { feeds in
            for name in feeds.keys where !cameras.contains(name) { feeds[name] = nil }
            for name in cameras where feeds[name] == nil && CameraName.isValid(name) {
                feeds[name] = CameraFeed(socket: "\(folder)/\(name).frames.sock")
            }
        }
    }

    func feed(of camera: String) -> CameraFeed? { feeds.withLock { $0[camera] } }

    /// Those who look, at all cameras together.
    var viewers: Int { feeds.withLock { $0.values.reduce(0) { $0 + $1.viewers } } }
}

/// Cameras name files: letters, digits, `-` and `_`.
enum CameraName {
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.count <= 200 && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    }
}
