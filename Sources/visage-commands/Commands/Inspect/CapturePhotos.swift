import ArgumentParser
import Capture
import ClientCommands
import Daemon
import Foundation
import Imaging
import Publishing
import Recognition
import VisageConfiguration
import VisageCore

struct CapturePhotos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Collect enrollment photos of one person from a camera.",
        discussion: """
            Keeps only frames that show exactly one complete, near and sharp face that differs from the photos so far. \
            Ctrl-C stops it, and the next run continues with the same folder. If visaged already uses the camera, the \
            frames are read from visaged.
            """)

    @Argument(help: "The person's name.")
    var name: String

    @Option(
        help: "A webcam (/dev/video0), an rtsp:// URL, the name of a camera of the running visaged, or a video file.")
    var source: String

    @Option(help: "Number of photos the person should have in the end, 1 to 1000.")
    var count = 20

    @Option(help: "The folder with one subfolder of photos per person.")
    var output: String

    @Option(help: "The event socket of a visaged that may be using the camera.")
    var socket = DefaultSocket.daemon

    @Option(help: "A file that contains the password of the camera.")
    var passwordFile = ""

    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count has to be from 1 to 1000") }
    }

    func run() throws {
        Output.endQuietly()
        VisageDaemon.prepareProcess()
        var folder = try EnrollmentFolder(faces: URL(filePath: output, directoryHint: .isDirectory), name: name)
        let camera = try open()
        let networks = try networks.load()
        let reader = try networks.photoReader(
            detection.detector, embedder: try networks.single(nil, alignment: nil), input: PhotoReader.defaultInput)
        let earlier = folder.photos.values.compactMap { photo in
            (try? Photo.read(photo)).flatMap { try? reader.read($0, choice: .largest).sample.embedding }
        }
        var judge = EnrollmentJudge(reader: reader, accepted: earlier)
        let preview = CapturePreview(name: name, count: count)
        if !folder.photos.isEmpty { preview.note("already in the folder: \(Self.photos(folder.photos.count))") }
        var isUp = false
        while folder.photos.count < count, let event = try camera.next() {
            switch event {
            case .opened(let what): preview.note("\(camera.name) is open: \(what)")
            case .outage(let outage):
                // At the beginning it is for the one who typed the command to put right.
                guard isUp, outage.retry == .mayHelp else {
                    throw VisageError(.source, "\(camera.name): \(outage.reason)")
                }
                preview.note("\(camera.name): \(outage.reason); retrying")
            case .frame(let frame):
                isUp = true
                let look = try judge.judge(frame.image)
                if case .accepted = look.outcome, let face = look.face { try folder.add(face, of: frame.image) }
                preview.show(look, photos: folder.photos.count)
            }
        }
        camera.cancel()
        preview.finish()
        let found = folder.photos.count
        guard found >= count else {
            throw VisageError(
                .source, "\(camera.name) has ended: \(found) of \(count) photos are in \(folder.folder.path)")
        }
        Output.line("\(Self.photos(found)) of \(name) in \(folder.folder.path)")
    }

    private static func photos(_ count: Int) -> String { count == 1 ? "1 photo" : "\(count) photos" }

    private func open() throws -> any FrameSource {
        if let held = HeldCamera.find(source, socket: socket) { return held }
        var camera = Configuration.Camera()
        camera.source = source
        camera.passwordFile = passwordFile
        camera.pace = .fast
        do { try camera.validate() } catch { throw VisageError(.usage, "--source \(error.detail)") }
        return try CameraSource.make(camera)
    }
}
