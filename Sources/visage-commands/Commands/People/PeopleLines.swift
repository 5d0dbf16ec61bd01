import ClientCommands
import Foundation
import Imaging
import Recognition
import VisageCore

/// What all changes of people end with.
enum PeopleLines {
    static func finish(_ training: Trainer.Report, lost: [Trainer.LeftOut], gallery: URL) {
        for photo in lost { Output.line(photo.sentence) }
        for pair in training.lookAlikes { Output.line(pair.sentence) }
        for doubt in training.doubtful { Output.line(doubt.sentence) }
        let count = training.gallery.people.count
        Output.line(
            "gallery   \(gallery.path): \(count == 1 ? "1 person" : "\(count) people"); a running daemon uses it within "
                + "seconds")
    }
}

/// The content of a photo's file.
enum PhotoFile {
    /// - Throws: `VisageError` (unreadable, notFound).
    static func read(_ path: String) throws -> Data { try Photo.read(URL(filePath: path)) }
}
