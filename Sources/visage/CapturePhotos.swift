import ArgumentParser
import Capture
import Daemon
import Foundation
import Publishing
import Recognition
import VisageCore

struct CapturePhotos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Collects photos of one person from a camera, to learn from.",
        discussion: """
            Takes only frames with one whole, near, sharp face that differ from those before. Goes on where it stopped \
            (Ctrl-C ends it). If visaged holds the camera, its frames come from there.
            """)

    @Argument(help: "The person's name.")
    var name: String

    @Option(help: "A webcam (/dev/video0), an rtsp:// address, a camera of the running visaged by its name, or a file.")
    var source: String

    @Option(help: "How many photos the person should have.")
    var count = 20

    @Option(help: "The folder with one folder of photos per person.")
    var output: String

    @Option(help: "The event socket of a visaged that may hold the camera.")
    var socket = EventServer.defaultPath

    @Option(help: "A file with the camera's password.")
    var passwordFile = ""

    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count is a number from 1 to 1000") }
    }

    func run() throws {
        Output.endQuietly()
        VisageDaemon.prepareProcess()
        var folder = try EnrolmentFolder(faces: URL(filePath: output, directoryHint: .isDirectory), name: name)
        let camera = try open()
        let networks = try networks.load()
        let reader = try networks.photoReader(
            detection.detector, embedder: try networks.single(nil, alignment: nil), input: NetworkOptions.photoInput)
        let earlier = folder.photos.values.compactMap { photo in
            (try? Data(contentsOf: photo)).flatMap { try? reader.read($0, choice: .largest).sample.embedding }
        }
        var judge = EnrolmentJudge(reader: reader, accepted: earlier)
        let preview = CapturePreview(name: name, count: count)
        if !folder.photos.isEmpty { preview.note("from before: \(Self.photos(folder.photos.count))") }
        var isUp = false
        while folder.photos.count < count, let news = try camera.next() {
            switch news {
            case .opened(let what): preview.note("\(camera.name) is open: \(what)")
            case .outage(let outage):
                // At the beginning it is for the one who typed the command to put right.
                guard isUp, !outage.needsPerson else {
                    throw VisageError(.source, "\(camera.name): \(outage.reason)")
                }
                preview.note("\(camera.name): \(outage.reason); tried again")
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
