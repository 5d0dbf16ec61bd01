import Foundation

/// Room on disks.
public enum FreeSpace {
    /// For us, on the file system that a file or folder lies on; nil if it is not there.
    public static func mebibytes(of path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20)
    }
}
