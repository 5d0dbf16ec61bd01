import Foundation

/// Free space on disks.
public enum FreeSpace {
    /// What this process may still write to the file system that holds a file or folder; nil if that does not exist.
    public static func mebibytes(of path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20)
    }
}
