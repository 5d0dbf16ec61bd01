import Capture
import Detection
import Events
import Foundation
import Imaging
import ModelLoading
import Pipeline
import Publishing
import Recognition
import VisageConfiguration
import VisageCore

/// Finds out whether a daemon could run with a configuration on this machine as this user. Changes nothing.
public enum DaemonCheck {
    /// Blocks while networks are loaded.
    /// - Returns: everything that keeps the daemon from running, each with what to do about it; empty if nothing does.
    public static func problems(_ configuration: Configuration) -> [VisageError] {
        var problems: [VisageError] = []
        func check(_ body: () throws -> Void) {
            do {
                try body()
            } catch {
                problems.append(error as? VisageError ?? VisageError(.engine, "\(error)"))
            }
        }
        check { _ = try Annotator() }
        check {
            let networks = try Networks(configuration.inference, models: configuration.models)
            check { _ = try networks.detector(configuration.detection.detector, DetectorOptions()) }
            var gallery: Gallery?
            if !configuration.gallery.isEmpty {
                check {
                    gallery = try GalleryFile.load(URL(filePath: configuration.gallery, directoryHint: .isDirectory))
                }
            }
            check {
                _ =
                    try gallery.map { try networks.embedder(of: $0, path: configuration.gallery) }
                    ?? networks.embedder()
            }
            check { _ = try gallery.map { try GalleryClassifier($0) } }
        }
        for camera in configuration.cameras { check { try checkCamera(camera) } }
        check { try checkFolder(configuration.state, for: "the event log (`state`)") }
        if configuration.recording.enabled {
            check { try checkFolder(configuration.recording.folder, for: "recordings (`recording.folder`)") }
        }
        // A folder that is not configured is in `state`, which is checked already.
        if configuration.unknown.keep, !configuration.unknown.folder.isEmpty {
            check { try checkFolder(configuration.unknownFolder.path, for: "unknown people (`unknown.folder`)") }
        }
        for path in CameraPlan.all(configuration).flatMap(\.sockets) { check { _ = try UnixAddress(path) } }
        check {
            let socket = configuration.events.socket
            _ = try UnixAddress(socket)
            try checkFolder(URL(filePath: socket).deletingLastPathComponent().path, for: "the event socket")
        }
        return problems
    }

    private static func checkCamera(_ camera: Configuration.Camera) throws {
        do {
            switch try CameraSource(camera.source) {
            case .file(let path): _ = try FileSource.probe(path)
            case .device(let path): try V4L2Camera.check(path)
            case .network: try camera.passwordSource?.check()
            }
        } catch let error as VisageError {
            throw VisageError(error.code, "camera \(camera.name): \(error.message)", cause: error.cause)
        }
    }

    /// Checks that files can be created in a folder, or that the folder can be created in the part of its path that
    /// exists.
    /// - Throws: `VisageError` (unwritable).
    private static func checkFolder(_ path: String, for purpose: String) throws {
        var folder = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        while access(folder.path, F_OK) != 0, folder.path != "/" { folder.deleteLastPathComponent() }
        var status = stat()
        guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw VisageError(
                .unwritable,
                "The folder \(path) for \(purpose) cannot be created: \(folder.path) is not a folder")
        }
        guard access(folder.path, W_OK | X_OK) == 0 else {
            throw VisageError(
                .unwritable,
                "The folder \(path) for \(purpose) cannot be written: give \(folder.path) to the user that visaged runs "
                    + "as", cause: String(cString: strerror(errno)))
        }
    }
}
