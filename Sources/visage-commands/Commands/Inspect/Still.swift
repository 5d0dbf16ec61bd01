import ArgumentParser
import Capture
import Foundation
import Imaging
import ServiceSupport
import Storage
import VisageCore

struct Still: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Save a frame of a recording, or a face in it, as a JPEG file.",
        discussion: """
            The recording is decoded in a process of its own that has no network and no other files. With --box, what is \
            saved is the face alone, at most --size pixels wide and high.
            """)

    @Argument(help: "The recording, an MP4 file.")
    var recording: String

    @Option(help: "When, in milliseconds from its beginning: recording.offset_ms of an event.")
    var at: Int

    @Option(help: "Where the face is in the frame: x,y,width,height, as box of an event. Default: the whole frame.")
    var box: String?

    @Option(help: "With --box: the longest side of the picture, in pixels, 16...1024; a smaller face is not enlarged.")
    var size = 192

    @Option(help: "The file to write; one that is there is replaced. Only its owner can read it. -: standard output.")
    var output: String

    /// What is shown around a face, as a share of its size.
    private static let margin = 0.25

    func validate() throws {
        guard at >= 0 else { throw ValidationError("--at has to be 0 or more") }
        guard (16...1024).contains(size) else { throw ValidationError("--size has to be 16...1024") }
        guard box == nil || face != nil else {
            throw ValidationError("--box is x,y,width,height in pixels, as in 410,120,96,118")
        }
    }

    private var face: BoundingBox? { box.flatMap { BoundingBox(text: $0) } }

    func run() throws {
        // Pages ask for many of these: whatever else runs comes first.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        let file = URL(filePath: recording)
        let picture: Data
        if let face {
            picture = try PictureProcess.part(
                of: file, at: at, box: Self.part(face, isClean: Self.isClean(file)), longestSide: size)
        } else {
            picture = try PictureProcess.frame(of: file, at: at)
        }
        if output == "-" {
            _ = try StandardStream.output(bytes: picture)
        } else {
            try DurableFile.replace(picture, at: URL(filePath: output))
        }
    }

    /// Whether boxes and names are beside the pictures of a recording, and not in them.
    private static func isClean(_ recording: URL) -> Bool {
        access(recording.deletingPathExtension().appendingPathExtension("ass").path, F_OK) == 0
    }

    /// The face with some of what is around it; where a line is drawn around the face, what is within the line.
    private static func part(_ face: BoundingBox, isClean: Bool) -> BoundingBox {
        guard isClean else {
            let line = max(1, min(6, min(face.width, face.height) * 0.04))
            return BoundingBox(
                x: face.x + line, y: face.y + line, width: face.width - 2 * line, height: face.height - 2 * line)
        }
        let side = max(face.width, face.height) * (1 + 2 * margin)
        return BoundingBox(
            x: face.x + (face.width - side) / 2, y: face.y + (face.height - side) / 2, width: side, height: side)
    }
}

extension BoundingBox {
    /// Reads `x,y,width,height`, in pixels.
    init?(text: String) {
        let numbers = text.split(separator: ",").compactMap { Double($0) }
        guard numbers.count == 4, numbers.allSatisfy({ $0.isFinite && abs($0) < 100_000 }), numbers[2] > 0,
            numbers[3] > 0
        else { return nil }
        self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }
}
