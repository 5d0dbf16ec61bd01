import Foundation
import VisageCore
import Visits

/// The recordings on disk: only MP4 files in the folder of a camera, by name.
struct Recordings: Sendable {
    /// Where a visit is in the recordings.
    struct Moment: Sendable {
        /// Of the file, on this server.
        let path: String
        let offsetMs: Int64
    }

    private let folder: String

    init(folder: String) { self.folder = folder }

    /// nil if nothing was recorded, it has been deleted, or is on another machine.
    func moment(of visit: Visit) -> Moment? {
        guard visit.machine == nil, let name = visit.file, let file = open(visit.camera, name) else { return nil }
        close(file.descriptor)
        return Moment(path: "/api/v1/recordings/\(visit.camera)/\(name)", offsetMs: visit.offsetMs ?? 0)
    }

    /// A file that is open for reading.
    struct File: Sendable {
        let descriptor: Int32
        let size: Int64
    }

    /// - Returns: nil if there is no such recording.
    func open(_ camera: String, _ name: String) -> File? {
        guard !folder.isEmpty, CameraName.isValid(camera), Self.isRecording(name) else { return nil }
        // A link could lead anywhere.
        let descriptor = Foundation.open("\(folder)/\(camera)/\(name)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        return File(descriptor: descriptor, size: Int64(status.st_size))
    }

    /// As the daemon names them: `20260301T093000Z.mp4`, with a number if there was one already.
    static func isRecording(_ name: String) -> Bool {
        name.hasSuffix(".mp4") && name.utf8.count <= 100 && !name.hasPrefix(".")
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2D, 0x2E, 0x5F].contains($0)
            }
    }
}
