import Foundation
import Storage
import VisageCore

/// The pictures of visits' best views that have been shown: small files that only this user reads, each named for the place
/// in the recording that it was cut from. They can be made anew, and go when the visit or its recording goes.
public struct VisitPictures: Sendable {
    /// Bytes that they take together, at most, after `sweep`.
    public static let limit = 64 << 20

    private let folder: URL

    /// - Parameter visits: path of the database of visits; the pictures are beside it.
    public init(visits: String) {
        folder = URL(filePath: visits).deletingLastPathComponent().appending(
            path: "pictures", directoryHint: .isDirectory)
    }

    /// Where the picture of a visit is, or will be.
    /// - Returns: nil if it cannot have one: it is not over, was not recorded, or whose it was has been forgotten.
    public func file(of visit: Visit) -> URL? {
        guard visit.hasBestView, let name = visit.file, let moment = Self.moment(of: visit), let box = visit.box,
            Self.isPlain(name), Self.isPlain(visit.camera), name.hasSuffix(".mp4")
        else { return nil }
        let numbers = ([Double(moment)] + box).map { String(Int64(max(-1e6, min(1e15, $0.rounded())))) }
        return folder.appending(path: visit.camera).appending(path: String(name.dropLast(4)))
            .appending(path: numbers.joined(separator: "_") + ".jpg")
    }

    /// When the best view is, in milliseconds from the beginning of the recording.
    public static func moment(of visit: Visit) -> Int64? {
        guard let offset = visit.offsetMs, let after = visit.bestAfterMs else { return nil }
        return offset + after
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 200 && !name.contains { $0 == "/" || $0 == "\0" }
    }

    /// Deletes the pictures of these visits.
    public func remove(_ visits: [Visit]) {
        for visit in visits { if let file = file(of: visit) { unlink(file.path) } }
    }

    /// Deletes all pictures.
    public func removeAll() { try? DurableFile.remove(folder) }

    /// Deletes the pictures whose recording is gone, and the oldest ones if all together are too large.
    /// - Parameters:
    ///   - recordings: the folder with one folder for each camera.
    ///   - limit: in bytes.
    public func sweep(recordings: String, limit: Int = Self.limit) {
        var kept: [(file: URL, bytes: Int, time: Date)] = []
        let manager = FileManager.default
        for camera in Self.list(folder) {
            for recording in Self.list(camera) {
                let video = "\(recordings)/\(camera.lastPathComponent)/\(recording.lastPathComponent).mp4"
                if access(video, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
                    try? DurableFile.remove(recording)
                    continue
                }
                for file in Self.list(recording) {
                    let values = try? manager.attributesOfItem(atPath: file.path)
                    kept.append(
                        (file, values?[.size] as? Int ?? 0, values?[.modificationDate] as? Date ?? .distantPast))
                }
            }
        }
        var total = kept.reduce(0) { $0 + $1.bytes }
        for entry in kept.sorted(by: { $0.time < $1.time }) where total > limit {
            unlink(entry.file.path)
            total -= entry.bytes
        }
    }

    private static func list(_ folder: URL) -> [URL] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).map { folder.appending(path: $0) }
    }
}

extension Visit {
    /// Whether whose visit it was has been forgotten.
    public var isForgotten: Bool { kind == .unknown && subject == VisitStore.forgotten }

    /// Whether it is known where in a recording of this machine the best view of the face is.
    public var hasBestView: Bool {
        isOver && machine == nil && !isForgotten && file != nil && offsetMs != nil && bestAfterMs != nil
            && box?.count == 4
    }
}
