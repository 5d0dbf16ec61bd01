import ClientCommands
import Foundation

/// The owner of a new gallery.
enum GalleryOwner {
    /// Warns if root has written the gallery into a folder of another user, who then cannot read it.
    /// - Parameter folder: the folder of the gallery
    static func warn(_ folder: URL) {
        let parent = folder.standardizedFileURL.deletingLastPathComponent()
        var status = stat()
        guard geteuid() == 0, stat(parent.path, &status) == 0, status.st_uid != 0 else { return }
        let owner = name(status.st_uid)
        Output.note(
            "\(folder.path) belongs to root, and \(owner), the owner of the folder around it, cannot read it: run "
                + "chown -R --reference=\(parent.path.quoted) \(folder.path.quoted), or train with sudo -u \(owner) visage …"
        )
    }

    /// The name of a user, or the number if the user has no name.
    static func name(_ user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "#\(user)"
    }
}
