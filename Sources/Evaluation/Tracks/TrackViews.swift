import Events
import Foundation
import Imaging
import Recognition
import Storage
import VisageCore

/// Writes the best view of each track as a photo, so that the names can be checked by eye.
package struct TrackViews {
    private let folder: URL
    private let scaler = Scaler()

    /// - Throws: `VisageError.unwritable`.
    package init(folder: URL) throws {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw VisageError(.unwritable, "\(folder.path) cannot be created", cause: error.systemReason)
        }
    }

    /// Plays the footage a second time to get the pictures.
    /// - Throws: `VisageError`.
    package func write(_ tracks: [TrackSummary], of footage: any Footage) throws {
        let tracksByFrame = Dictionary(grouping: tracks) { $0.best?.frame ?? -1 }
        let source = try footage.source()
        while let frame = try source.nextFrame() {
            for track in tracksByFrame[frame.number] ?? [] {
                guard let best = track.best else { continue }
                let face = Face(box: best.boundingBox, landmarks: nil, score: 1)
                guard let view = frame.image.part(EnrollmentPhoto.surroundings(of: face)) else { continue }
                let stem = URL(filePath: footage.name).deletingPathExtension().lastPathComponent
                let who = track.name ?? track.unknownID ?? "undecided"
                try DurableFile.replace(
                    Data(try Photo.encode(view, as: .jpeg, quality: 92, scaler: scaler)),
                    at: folder.appending(path: "\(stem) \(track.track) \(who.replacing("/", with: "_")).jpg"))
            }
        }
    }
}
