import Foundation

/// Free space on disks.
public enum FreeSpace {
    /// A file system.
    package struct Disk: Sendable, Equatable {
        /// Tells file systems apart.
        package let device: UInt64
        /// Bytes, and those of them that this process may still write.
        package let total: Int64
        package let free: Int64
    }

    /// The file system that holds a file or folder, or would hold it if it were made; nil if that cannot be told.
    package static func disk(of path: String) -> Disk? {
        var place = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        while access(place.path, F_OK) != 0, place.path != "/" { place.deleteLastPathComponent() }
        var (status, space) = (stat(), statvfs())
        guard stat(place.path, &status) == 0, statvfs(place.path, &space) == 0 else { return nil }
        let unit = UInt64(space.f_frsize)
        return Disk(
            device: UInt64(status.st_dev), total: Int64(clamping: UInt64(space.f_blocks) * unit),
            free: Int64(clamping: UInt64(space.f_bavail) * unit))
    }

    /// Whether there is hardly any space where a file or folder is, or would be.
    package static func isExhausted(at path: String) -> Bool { disk(of: path).map { $0.free < 1 << 20 } ?? false }

    /// What this process may still write to the file system that holds a file or folder; nil if that does not exist.
    public static func mebibytes(of path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20)
    }
}
