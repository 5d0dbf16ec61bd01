import CLinux
import CSeccomp
import Foundation
import VisageCore

/// What a capture process gives up before it reads the first byte of a camera: limits of its own, files that are none of its
/// business (Landlock, where the kernel has it), and system calls that no camera needs (seccomp).
package enum CaptureWalls {
    /// Has to be called before any other thread is started: threads inherit it.
    /// - Throws: `VisageError.engine` if a wall cannot be built.
    package static func build(for source: CaptureTask.Source) throws {
        // With the thread that started it.
        guard visage_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL)) == 0, getppid() != 1,
            visage_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0, visage_prctl(PR_SET_DUMPABLE, 0) == 0
        else { throw failure("prctl") }
        // When memory is short, this process is the one to go. Where /proc is not writable, all are alike.
        try? Data("1000".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
        try restrictResources(memory: CaptureLimits.memory)
        try restrictFiles(for: source)
        try SystemCalls.restrict()
    }

    /// The same for a process that decodes one picture: it has no network, and no file but the one that it is to read.
    /// - Parameters:
    ///   - file: to be read; nil for none.
    ///   - memory: bytes, beyond what the process has when it starts.
    ///   - seconds: of processor time.
    /// - Throws: `VisageError.engine` if a wall cannot be built.
    package static func build(reading file: String?, memory: Int, seconds: Int) throws {
        guard visage_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL)) == 0, visage_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0,
            visage_prctl(PR_SET_DUMPABLE, 0) == 0
        else { throw failure("prctl") }
        try? Data("1000".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
        guard visage_set_limit(Int32(RLIMIT_CPU.rawValue), UInt(seconds)) == 0 else { throw failure("limits") }
        try restrictResources(memory: memory)
        try restrictFiles(for: nil, reading: file)
        try SystemCalls.restrict(hasNetwork: false)
    }

    static func failure(_ what: String) -> VisageError {
        VisageError(
            .engine, "a capture process cannot be shut in (\(what))", cause: String(cString: strerror(errno)),
            retry: .needsPerson)
    }

    private static func restrictResources(memory: Int) throws {
        let limits: [(__rlimit_resource, UInt)] = [
            (RLIMIT_DATA, dataBytes + UInt(memory)), (RLIMIT_NOFILE, UInt(CaptureLimits.openFiles)),
            (RLIMIT_FSIZE, 0), (RLIMIT_CORE, 0),
        ]
        for (resource, limit) in limits {
            guard visage_set_limit(Int32(resource.rawValue), limit) == 0 else { throw failure("limits") }
        }
    }

    /// Data that the process has before it does anything: that of its libraries.
    private static var dataBytes: UInt {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmData:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt($0) }
        return (kilobytes ?? 256 << 10) << 10
    }

    /// Names, certificates and libraries can be read; of devices, webcams can be used if it is one. No file can be made,
    /// changed, removed or run.
    private static func restrictFiles(for source: CaptureTask.Source?, reading file: String? = nil) throws {
        let version = visage_landlock_version()
        // A kernel without Landlock: the unit's walls are there.
        guard version > 0 else { return }
        let (write, read, list) = (UInt64(1 << 1), UInt64(1 << 2), UInt64(1 << 3))
        // Up to LANDLOCK_ACCESS_FS_MAKE_SYM, then REFER, then TRUNCATE.
        let all = (UInt64(1) << (version >= 3 ? 15 : version == 2 ? 14 : 13)) - 1
        let rules = visage_landlock_create(all)
        guard rules >= 0 else { throw failure("Landlock") }
        defer { close(rules) }
        func allow(_ path: String, _ rights: UInt64) throws {
            let file = visage_open_path(path)
            guard file >= 0 else { return }
            defer { close(file) }
            var status = stat()
            guard fstat(file, &status) == 0 else { return }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            guard visage_landlock_allow(rules, isFolder ? rights : rights & ~list, file) == 0 else {
                throw failure("Landlock")
            }
        }
        for path in ["/lib", "/lib64", "/usr/lib", "/usr/local/lib", "/usr/share/zoneinfo", "/sys/devices/system/cpu"] {
            try allow(path, read | list)
        }
        for path in ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"] { try allow(path, read | write) }
        for path in ["/etc/ld.so.cache", "/etc/localtime", "/proc/self"] { try allow(path, read) }
        if let file { try allow(file, read) }
        switch source {
        case nil: break
        case .network:
            for name in ["resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf", "services", "protocols"] {
                try allow("/etc/\(name)", read)
            }
            let folders = [
                "/run/systemd/resolve", "/etc/ssl/certs", "/usr/share/ca-certificates",
                "/usr/local/share/ca-certificates",
                "/etc/gnutls",
            ]
            for path in folders { try allow(path, read | list) }
        case .device(let settings, _):
            for path in ["/sys", "/dev/v4l"] { try allow(path, read | list) }
            // Messages list the cameras that are there, and name the user.
            try allow("/dev", list)
            for path in ["/etc/passwd", "/etc/nsswitch.conf"] { try allow(path, read) }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
            for path in names.filter({ $0.hasPrefix("video") }).map({ "/dev/\($0)" }) + [settings.path] {
                try allow(path, read | write)
            }
        }
        guard visage_landlock_restrict(rules) == 0 else { throw failure("Landlock") }
    }
}
