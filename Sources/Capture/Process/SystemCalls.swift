import CSeccomp
import Foundation
import VisageCore

/// The system calls that a capture process may make. All others fail as if it had no right to them.
enum SystemCalls {
    private static let allowed = [
        // Memory.
        "brk", "mmap", "munmap", "mremap", "mprotect", "mincore",
        // Files that are open, and opening others as far as Landlock lets it.
        "read", "readv", "pread64", "write", "writev", "close", "lseek", "fstat", "newfstatat", "stat", "lstat",
        "statx",
        "open", "openat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "fcntl", "ioctl",
        "dup", "dup2", "dup3", "pipe", "pipe2", "eventfd2", "fstatfs", "statfs", "getcwd", "fadvise64",
        // Waiting.
        "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "nanosleep",
        "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
        // Threads and signals of its own.
        "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "gettid", "getpid",
        "getppid", "getuid", "geteuid", "getgid", "getegid", "sched_yield", "sched_getaffinity", "sched_getparam",
        "sched_getscheduler", "getpriority", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
        "sigaltstack", "restart_syscall", "exit", "exit_group", "uname", "sysinfo", "getrandom", "getrusage",
        "getrlimit",
        "membarrier", "arch_prctl",
    ]
    private static let network = [
        "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "getsockname", "getpeername",
        "getsockopt", "setsockopt", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "shutdown",
    ]
    private static let cloneThread: UInt64 = 0x10000
    private static let madviseRemove: UInt64 = 9
    /// The name of a thread: to set it, and to read it.
    private static let names: [UInt64] = [15, 16]

    /// - Throws: `VisageError.engine` if the filter cannot be loaded.
    static func restrict(hasNetwork: Bool = true) throws {
        guard let filter = seccomp_init(visage_seccomp_refuse(EPERM)) else { throw CaptureWalls.failure("seccomp") }
        defer { seccomp_release(filter) }
        func add(_ action: UInt32, _ name: String, _ conditions: [scmp_arg_cmp] = []) throws {
            let number = seccomp_syscall_resolve_name(name)
            // Some processors do not have the older ones.
            guard number >= 0 else { return }
            let code = seccomp_rule_add_array(filter, action, number, UInt32(conditions.count), conditions)
            guard code == 0 else {
                errno = -code
                throw CaptureWalls.failure("seccomp")
            }
        }
        for name in allowed + (hasNetwork ? network : []) { try add(visage_seccomp_allow(), name) }
        // Threads, but no processes. The flags of clone3 lie in memory, where a filter cannot look: glibc then uses clone.
        try add(visage_seccomp_allow(), "clone", [visage_seccomp_masked(0, cloneThread, cloneThread)])
        try add(visage_seccomp_refuse(ENOSYS), "clone3")
        // All advice but the one that takes shared memory away from under the daemon.
        for advice in 0..<UInt64(32) where advice != madviseRemove {
            try add(visage_seccomp_allow(), "madvise", [visage_seccomp_masked(2, .max, advice)])
        }
        for option in names { try add(visage_seccomp_allow(), "prctl", [visage_seccomp_masked(0, .max, option)]) }
        // A signal to itself, as abort sends it.
        try add(visage_seccomp_allow(), "tgkill", [visage_seccomp_masked(0, .max, UInt64(getpid()))])
        let code = seccomp_load(filter)
        guard code == 0 else {
            errno = -code
            throw CaptureWalls.failure("seccomp")
        }
    }
}
