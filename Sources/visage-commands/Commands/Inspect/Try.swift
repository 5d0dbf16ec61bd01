import ArgumentParser
import ClientCommands
import Daemon
import Foundation
import VisageConfiguration
import VisageCore

struct Try: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a camera's address: whether it delivers, in what size, format and rate.",
        discussion: """
            Opens the camera as visaged would, in a process of its own, watches it for some seconds, and ends. The address \
            is not kept. A network camera may have a password: pass - and the address on standard input, so that no list of \
            processes shows it. A webcam that visaged uses is busy.
            """)

    @Argument(help: "A webcam (/dev/video0) or an rtsp:// or rtsps:// address; - reads it from standard input.")
    var source: String

    @Option(help: "Give up after so many seconds, 3 to 60.")
    var seconds = 20

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard 3...60 ~= seconds else { throw ValidationError("--seconds has to be from 3 to 60") }
    }

    private struct Report: Encodable {
        /// Without credentials.
        let source: String
        /// As the capture process names what it has opened.
        let stream: String
        let width: Int
        let height: Int
        /// Frames per second that arrived; nil if too few did to say.
        let fps: Double?
    }

    func run() throws {
        Output.endQuietly()
        VisageDaemon.prepareProcess()
        let report = try probe()
        if json { return try printJSON(report) }
        let rate = report.fps.map { ", \($0) frames/s" } ?? ""
        Output.line("\(report.source): \(report.width)x\(report.height), \(report.stream)\(rate)")
    }

    private func probe() throws -> Report {
        let text = source == "-" ? (readLine() ?? "").trimmingCharacters(in: .whitespaces) : source
        guard text.utf8.count <= 2000, RTSPAddress.isOne(text) || Self.isWebcam(text) else {
            // The message does not repeat the address: it may hold a password.
            throw VisageError(
                .usage, "Only a webcam such as /dev/video0 and addresses with rtsp:// or rtsps:// can be tried")
        }
        var settings = Configuration.Camera()
        (settings.name, settings.source) = ("try", text)
        do { try settings.validate() } catch { throw VisageError(.usage, "The source \(error.detail)") }
        let camera = try CameraSource.make(settings)
        let deadline = MonotonicTime.now + .seconds(seconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { camera.cancel() }
        defer { camera.cancel() }
        var measurement = FrameRate()
        var (stream, size) = ("", (width: 0, height: 0))
        while let event = try camera.next() {
            switch event {
            case .opened(let what): stream = what
            case .outage(let outage): throw VisageError(.source, "\(camera.name): \(outage.reason)")
            case .frame(let frame):
                size = (frame.image.width, frame.image.height)
                measurement.add(frame.captured)
            }
            if measurement.isEnough { break }
        }
        guard size.width > 0 else {
            throw VisageError(
                .source, "\(camera.name): no picture within \(seconds) s" + (.now < deadline ? ": it has ended" : ""))
        }
        return Report(
            source: camera.name, stream: stream, width: size.width, height: size.height, fps: measurement.fps)
    }

    private static func isWebcam(_ text: String) -> Bool {
        text.hasPrefix("/dev/video") && text.dropFirst(10).allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// The rate at which frames arrive.
private struct FrameRate {
    /// A camera first sends what it has kept, all at once.
    private static let settling = Duration.seconds(1)
    private static let period = Duration.seconds(3)

    private var begin: MonotonicTime?
    private var stamps: [MonotonicTime] = []

    var isEnough: Bool {
        guard let first = stamps.first, let last = stamps.last else { return false }
        return last - first >= Self.period
    }

    var fps: Double? {
        guard let first = stamps.first, let last = stamps.last, last - first >= .milliseconds(500) else { return nil }
        return (Double(stamps.count - 1) / (last - first).inSeconds * 10).rounded() / 10
    }

    mutating func add(_ time: MonotonicTime) {
        let begin = begin ?? time
        self.begin = begin
        if time - begin >= Self.settling { stamps.append(time) }
    }
}
