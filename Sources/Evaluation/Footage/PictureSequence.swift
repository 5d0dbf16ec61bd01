import Foundation
import Imaging
import VisageCore

/// A sequence of the OTB benchmark (Wu, Lim, Yang: Online object tracking, a benchmark, 2013): pictures `img/0001.jpg`
/// and so on, and `groundtruth_rect.txt` with a line for each picture: x, y, width and height of the box of one person.
/// Other people may be in the pictures.
public struct PictureSequence: Footage {
    public static let truthFile = "groundtruth_rect.txt"

    public let name: String
    public let isComplete = false
    private let pictures: [URL]
    private let boxes: [BoundingBox]
    private let fps: Double

    /// - Parameter fps: frame rate at which the pictures are played.
    /// - Throws: `VisageError` (notFound, unreadable) if pictures or boxes are missing.
    public init(folder: URL, fps: Double) throws {
        name = folder.lastPathComponent
        self.fps = fps
        let truth = folder.appending(path: Self.truthFile)
        guard let text = try? String(contentsOf: truth, encoding: .utf8) else {
            throw VisageError(.notFound, "\(truth.path) cannot be read")
        }
        boxes = try text.split(whereSeparator: \.isNewline).enumerated().map { index, line in
            let numbers = line.split { !"0123456789.-".contains($0) }.compactMap { Double($0) }
            guard numbers.count == 4 else {
                throw VisageError(.unreadable, "\(truth.path), line \(index + 1): not a box of four numbers: \(line)")
            }
            return BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        }
        let folder = folder.appending(path: "img", directoryHint: .isDirectory)
        pictures = ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
            .filter { !$0.lastPathComponent.hasPrefix(".") }.sorted { $0.path < $1.path }
        guard !pictures.isEmpty, pictures.count == boxes.count else {
            throw VisageError(
                .unreadable, "\(folder.path) has \(pictures.count) pictures, and \(truth.path) \(boxes.count) boxes")
        }
    }

    public var count: Int { pictures.count }

    public func source() throws -> any FrameSource {
        PictureSource(name: name, count: count, fps: fps) { [pictures] number in
            do {
                return try Photo.decode(Photo.read(pictures[number]))
            } catch {
                throw VisageError(.unreadable, "\(pictures[number].path) cannot be read", cause: "\(error)")
            }
        }
    }

    public func people(in frame: Int) -> [FilmedPerson]? {
        boxes.indices.contains(frame)
            ? [FilmedPerson(name: name, stay: 1, box: boxes[frame], isWhole: true)] : nil
    }
}
