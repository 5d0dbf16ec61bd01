import Foundation
import VisageCore

/// Says before long work whether its result can be written.
public enum OutputPlace {
    /// - Throws: `VisageError` (unwritable) if `file` names a folder, or cannot be made.
    public static func check(file: URL) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
        guard !file.hasDirectoryPath, !(exists && isFolder.boolValue) else {
            throw VisageError(.unwritable, "\(file.path)/ is a folder's name; name the file to write")
        }
        try check(beside: file)
    }

    /// Makes something for a moment in the folder of `place` or, where there is none yet, in that which it would be made in.
    /// - Throws: `VisageError` (unwritable).
    static func check(beside place: URL) throws {
        var folder = place.absoluteURL.standardizedFileURL.deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        let probe = folder.appending(path: ".visage-\(UUID().uuidString)").path
        guard mkdir(probe, 0o700) == 0 else {
            throw VisageError(.unwritable, "\(place.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        rmdir(probe)
    }
}
