import Capture
import Daemon
import Foundation
import Logging
import VisageConfiguration
import VisageCore

/// visaged with one part that hangs for ever once a marker file appears: for tests of the watchdog. The same daemon
/// otherwise. `VISAGE_HANG` says which part (camera, queue or publisher), `VISAGE_HANG_MARKER` the file, which is taken
/// away, so that the next start does not hang.
@main enum HangingDaemon {
    static func main() async throws {
        VisageDaemon.prepareProcess()
        let words = ProcessInfo.processInfo.environment
        guard let part = words["VISAGE_HANG"], let path = words["VISAGE_HANG_MARKER"],
            let file = CommandLine.arguments.last
        else { throw VisageError(.usage, "VISAGE_HANG=camera|queue|publisher VISAGE_HANG_MARKER=FILE … CONFIG") }
        let marker = Marker(path: path)
        var decoration = Decoration()
        switch part {
        case "camera": decoration.source = { _ in LiveSource(StuckCamera(marker: marker)) }
        case "queue": decoration.embedder = { StuckEmbedder(base: $0, marker: marker) }
        case "publisher": decoration.events = { StuckSink(base: $0, marker: marker) }
        default: throw VisageError(.usage, "VISAGE_HANG is camera, queue or publisher")
        }
        let signals = await StopSignals()
        let configuration = try ConfigurationFile.load(URL(filePath: file))
        ServiceLog.bootstrap(level: configuration.log.level)
        let daemon = try VisageDaemon(configuration, logger: Logger(label: "visaged"), decoration: decoration)
        try await daemon.run(until: signals)
    }
}

/// The order to hang.
struct Marker: Sendable {
    let path: String

    /// Never returns if the order is there.
    func obey() {
        guard unlink(path) == 0 else { return }
        while true { sleep(1000) }
    }
}

/// Sends pictures of noise, 15 a second, and hangs without listening to anybody.
struct StuckCamera: LiveCamera {
    let marker: Marker
    let name = "stuck"

    func run(_ session: LiveSession) throws {
        session.opened("noise", interval: .milliseconds(66))
        let pool = PixelBufferPool(width: 320, height: 240)
        while !session.isCancelled {
            marker.obey()
            let picture = pool.make(matrix: .bt601)
            for plane in picture.planes {
                for index in 0..<plane.stride * plane.height { plane.base[index] = UInt8.random(in: 100...150) }
            }
            session.deliver(LivePicture(image: picture, stamp: nil, arrived: .now))
            Thread.sleep(forTimeInterval: 0.066)
        }
    }
}

struct StuckEmbedder: FaceEmbedder {
    let base: any FaceEmbedder
    let marker: Marker

    func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
        marker.obey()
        return try base.sample(face, in: image)
    }
}

struct StuckSink: EventSink {
    let base: any EventSink
    let marker: Marker

    var wantsFrames: Bool { base.wantsFrames }

    func publish(_ event: CameraEvent) {
        marker.obey()
        base.publish(event)
    }
}
