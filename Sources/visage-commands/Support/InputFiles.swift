import Capture
import Foundation
import Imaging
import Recognition
import VisageCore

/// Expands the input arguments of a command.
enum InputFiles {
    /// Files stay as they are; a folder is replaced by the files in it, sorted by path.
    /// - Throws: `VisageError` (notFound).
    static func expand(_ paths: [String]) throws -> [URL] {
        try paths.flatMap { path -> [URL] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw VisageError(.notFound, "There is no \(path)")
            }
            guard isFolder.boolValue else { return [URL(filePath: path)] }
            let found = FileManager.default.enumerator(
                at: URL(filePath: path), includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
            return (found?.compactMap { $0 as? URL } ?? [])
                .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true }
                .sorted { $0.path < $1.path }
        }
    }
}

/// The images in a file: one of a photo, every frame of a video.
enum Pictures {
    /// - Throws: `VisageError` (unreadable) naming the file, or what `body` throws.
    static func each(of file: URL, reader: PhotoReader, _ body: (PixelBuffer, Int, Duration) throws -> Void) throws {
        let data: Data
        do {
            data = try Data(contentsOf: file, options: .alwaysMapped)
        } catch {
            throw VisageError(.unreadable, "\(file.path) cannot be read", cause: error.systemReason)
        }
        if Photo.isPicture(data) {
            let picture: PixelBuffer
            do {
                picture = try reader.picture(data)
            } catch let error as VisageError {
                throw VisageError(error.code, "\(file.path) \(error.message)", cause: error.cause)
            }
            return try body(picture, 0, .zero)
        }
        let source: FileSource
        do {
            source = try FileSource(path: file.path, options: FileSource.Options(pace: .fast))
        } catch let error as VisageError where error.code != .notFound {
            throw VisageError(
                .unreadable, "\(file.path) is not an image or video that can be read", cause: error.message)
        }
        while let frame = try source.nextFrame() { try body(frame.image, frame.number, frame.pts) }
        if let reason = source.endedEarly {
            throw VisageError(.unreadable, "\(file.path) ended early: \(reason)")
        }
    }
}
