import ArgumentParser
import ClientCommands
import Daemon
import Events
import Foundation
import Imaging
import Pipeline
import Publishing
import Recognition
import VisageCore

struct Recognize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Recognize the faces in photos and video files.",
        discussion: """
            Every photo, and every frame of a video, is answered on its own. visaged tracks faces over time instead, and \
            decides from several views of a face.
            """)

    /// One face, as `--json` prints it.
    private struct Answer: Encodable {
        var input: String
        var frame: Int
        var box: [Double]
        var name: String?
        var probability: Double?
        var similarity: Double?
    }

    @Argument(help: "The gallery folder.")
    var gallery: String

    @Argument(help: "Photos, video files, or folders of them.")
    var input: [String]

    @Option(
        help: """
            Write annotated copies into this folder. Existing files are not overwritten. When a video changes its size, the \
            copy goes on in a second file.
            """)
    var output: String?

    @Flag(help: "Print one JSON object per face, one per line.")
    var json = false

    @OptionGroup var detection: GalleryDetectorOption
    @OptionGroup var networks: NetworkOptions

    func run() throws {
        let loaded = try GalleryFile.load(URL(filePath: gallery))
        if let advice = loaded.nameAdvice { Output.note(advice) }
        let inputs = try InputFiles.expand(input)
        let networks = try networks.load()
        let embedder = try networks.embedder(of: loaded, path: gallery)
        let classifier = try GalleryClassifier(loaded)
        let reader = try networks.photoReader(
            detection.kind(for: loaded), embedder: embedder, input: PhotoReader.defaultInput)
        let copies = try output.map { try AnnotatedCopies(folder: URL(filePath: $0, directoryHint: .isDirectory)) }
        let progress = Progress("Inputs", total: inputs.count)
        var failure: VisageError?
        /// A failure with one input must not stop the others.
        func attempt(_ work: () throws -> Void) throws {
            do {
                try work()
            } catch let error as VisageError {
                Output.note("\(error)")
                failure = error
            }
        }
        for (index, file) in inputs.enumerated() {
            try attempt {
                try Pictures.each(of: file, reader: reader) { picture, frame, pts in
                    let answers = try reader.faces(in: picture).map { face in
                        (face, classifier.classify(photo: try reader.sample(face, in: picture).embedding))
                    }
                    for (face, match) in answers { try say(file, frame, face, match) }
                    try copies?.add(picture, of: file, pts: pts, answers: answers)
                }
            }
            try attempt { try copies?.finish(file) }
            progress.update(index + 1)
        }
        progress.finish()
        if let failure { throw ExitCode(failure.exitCode) }
    }

    private func say(_ file: URL, _ frame: Int, _ face: Face, _ match: Match?) throws {
        let name = match.flatMap { $0.accepted ? $0.name : nil }
        let box = Event.coordinates(face.box)
        guard json else {
            let similarity = match.map { " (nearest \($0.name) at \($0.similarity.roundedToFourDecimals))" } ?? ""
            Output.line("\(file.path) frame \(frame) at \(box): \(name ?? "unknown")\(similarity)")
            return
        }
        try printJSON(
            Answer(
                input: file.path, frame: frame, box: box, name: name,
                probability: match?.probability?.roundedToFourDecimals,
                similarity: match.map { $0.similarity.roundedToFourDecimals }))
    }
}
