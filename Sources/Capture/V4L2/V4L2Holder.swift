import Foundation

/// A process that has a device open.
struct V4L2Holder: Hashable {
    let pid: Int32
    let name: String

    /// Those that this process may see: without privileges, the ones of its own user.
    static func all(of path: String) -> [V4L2Holder] {
        guard let device = number(of: path) else { return [] }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.sorted().compactMap { pid in
            // The caller has it open once, to find out that it is busy.
            let own = pid == getpid() ? 1 : 0
            guard uses(pid, of: device) > own else { return nil }
            return V4L2Holder(pid: pid, name: name(of: pid))
        }
    }

    /// How many of its descriptors are the device.
    private static func uses(_ pid: Int32, of device: dev_t) -> Int {
        let folder = "/proc/\(pid)/fd"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.count { file in
            // Only what claims to be a device is looked at: a file on a dead server would never answer.
            let link = "\(folder)/\(file)"
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return false }
            return target.hasPrefix("/dev/") && number(of: link) == device
        }
    }

    private static func number(of path: String) -> dev_t? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
        return status.st_rdev
    }

    private static func name(of pid: Int32) -> String {
        guard let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8) else { return "a program" }
        return name.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
