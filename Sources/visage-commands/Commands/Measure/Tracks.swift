import ArgumentParser
import ClientCommands
import Daemon
import Detection
import Evaluation
import Foundation
import Recognition
import VisageCore

struct Tracks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure tracking and naming on video footage.",
        discussion: """
            FOOTAGE is a video file, a folder of films, or a folder of the OTB benchmark. The films of a folder show one \
            person each, named like the file; they are composed side by side into scenes in which people come and go. For \
            folders the true identities are known, so identity switches and IDF1 are printed; boxes match from an IoU of 0.5.
            """)

    @Argument(help: "Video files, folders of films with one person each, or OTB folders.")
    var footage: [String]

    @Option(help: "A gallery folder. Default: no gallery, so everybody is unknown.")
    var gallery: String?

    @Option(
        parsing: .upToNextOption, help: "Numbers of films side by side, 1 to 16; one scene is composed for each number."
    )
    var together: [Int] = [2, 4, 8]

    @Option(help: "Length of a scene in seconds, above 0 and at most 3600.")
    var seconds = 120.0

    @Option(help: "Frame rate of OTB images, above 0 and at most 240 frames per second.")
    var fps = 30.0

    @Option(help: "Random seed.")
    var seed: UInt64 = 1

    @Option(help: "Write the best view of each track into this folder.")
    var views: String?

    @Flag(help: "Print one JSON object per footage, one per line.")
    var json = false

    @OptionGroup var detection: DetectorOption
    @OptionGroup var networks: NetworkOptions

    private struct Answer: Encodable {
        var footage: String
        var truth: TrackTruth?
        var tracks: [TrackSummary]
    }

    func validate() throws {
        guard together.allSatisfy({ (1...16).contains($0) }), seconds > 0, seconds <= 3600, fps > 0, fps <= 240 else {
            throw ValidationError(
                "--together has to be from 1 to 16, --seconds above 0 and at most 3600, --fps above 0 and at most 240")
        }
    }

    func run() throws {
        let gallery = try gallery.map { ($0, try GalleryFile.load(URL(filePath: $0))) }
        let networks = try networks.load()
        let parts = try TrackRunParts(
            networks, detector: detection.detector,
            embedder: gallery.map { try networks.embedder(of: $1, path: $0) } ?? networks.embedder(),
            classifier: gallery.map { try GalleryClassifier($1) })
        let copies = try views.map { try TrackViews(folder: URL(filePath: $0, directoryHint: .isDirectory)) }
        for footage in try footage.flatMap({ try films($0, parts.detector) }) {
            let progress = Progress(footage.name, total: footage.count)
            let run = try TrackRun(footage, parts, progress: progress.update)
            progress.finish()
            let tracks = TrackSummary.all(in: run)
            let answer = Answer(footage: footage.name, truth: TrackTruth(footage, run, tracks), tracks: tracks)
            if json { try printJSON(answer) } else { describe(answer) }
            try copies?.write(tracks, of: footage)
        }
    }

    private func films(_ path: String, _ detector: any FaceDetector) throws -> [any Footage] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw VisageError(.notFound, "There is no \(path)")
        }
        guard isFolder.boolValue else { return [try PlainFootage(path: path)] }
        let folder = URL(filePath: path, directoryHint: .isDirectory)
        if FileManager.default.fileExists(atPath: folder.appending(path: PictureSequence.truthFile).path) {
            return [try PictureSequence(folder: folder, fps: fps)]
        }
        let clips = try InputFiles.expand([path]).map { try PersonClip($0, detector: detector) }
        return try together.map { try SceneComposer(clips, places: $0, seconds: seconds, seed: seed) }
    }

    private func describe(_ answer: Answer) {
        Output.line("\(answer.footage): \(answer.tracks.count) tracks")
        if let truth = answer.truth {
            Output.line(
                "  \(truth.stays) stays, \(truth.tracks) tracks, \(truth.switches.count) identity switches, IDF1 \(truth.idf1), "
                    + "recall \(truth.recall), precision \(truth.precision)")
            for change in truth.switches {
                Output.line("  at \(change.at) s: \(change.person) switched from track \(change.from) to \(change.to)")
            }
            Output.line(
                "  \(truth.identities) names and unknown ids, \(truth.shared) of them given to more than one person; "
                    + "\(truth.wrongNames) wrong names")
        }
        for track in answer.tracks {
            let who = track.name ?? track.unknownID ?? "undecided"
            let known =
                track.recognizable.map { "recognizable from \($0) s on, for \(track.waited) s" } ?? "never recognizable"
            let named = track.named.map { " until named at \($0) s" } ?? ""
            Output.line("  track \(track.track), \(track.from) to \(track.to) s: \(who); \(known)\(named)")
        }
    }
}
