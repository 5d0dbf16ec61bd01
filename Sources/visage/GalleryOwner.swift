import Foundation

/// Whose a new gallery is.
enum GalleryOwner {
    /// Says so if root has made it where somebody else is to read it.
    /// - Parameter folder: the gallery's
    static func warn(_ folder: URL) {
        let parent = folder.standardizedFileURL.deletingLastPathComponent()
        var status = stat()
        guard geteuid() == 0, stat(parent.path, &status) == 0, status.st_uid != 0 else { return }
        let owner = name(status.st_uid)
        Output.note(
            "\(folder.path) belongs to root, and \(owner), whose folder it is in, cannot read it: "
                + "chown -R --reference=\(parent.path.quoted) \(folder.path.quoted), or train as sudo -u \(owner) visage …"
        )
    }

    /// Of a user; the number where there is no name.
    static func name(_ user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "#\(user)"
    }
}
