import ArgumentParser
import ClientCommands
import Foundation
import VisageCore

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw boxes and names into a recording that has them as subtitles.",
        discussion: """
            Recordings with `mode: copy` are the camera's own video, with a subtitle file (.ass) of the same name beside it. \
            The copy that this writes looks like a recording with `mode: annotated`, in H.264.
            """)

    @Argument(help: "The recording, an MP4 file; its subtitles are beside it.")
    var file: String

    @Option(help: "The file to write; it must not exist. Default: <name>-annotated.mp4 in the current folder.")
    var output: String?

    @Option(help: "Constant rate factor of x264, 0 to 51: lower means better pictures and a larger file.")
    var crf = 20

    func validate() throws {
        guard 0...51 ~= crf else { throw ValidationError("--crf has to be from 0 to 51") }
    }

    func run() throws {
        let recording = URL(filePath: file)
        let stem = recording.deletingPathExtension().lastPathComponent
        let output = URL(filePath: output ?? "\(stem)-annotated.mp4")
        let export = try RecordingExport(of: recording)
        let progress = Progress(stem, total: export.frameCount ?? 0)
        defer { progress.finish() }
        let count = try export.write(to: output, crf: crf) { progress.update($0) }
        progress.finish()
        Output.line("\(output.path): \(count) frames")
    }
}
