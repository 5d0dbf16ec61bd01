import Foundation
import Synchronization
import VisageCore

/// A program that runs beside the test; killed when the last reference goes. Made with posix_spawn: programs that
/// Foundation's Process starts at the same time inherit each other's descriptors, and then wait for each other.
public final class Tool {
    /// Held from making a pipe to marking it as not to be inherited, and while starting a program.
    private static let spawning = Mutex(())
    private let process: pid_t
    private let output: Int32
    private let errors: URL
    private var status: Int32?

    /// Starts it. `name` is looked up in PATH unless it is a path.
    public init(_ name: String, _ arguments: [String], in folder: ScratchFolder) throws {
        errors = folder.file("stderr-" + UUID().uuidString)
        let path = errors.path(percentEncoded: false)
        (process, output) = try Tool.spawning.withLock { _ in
            try Tool.spawn([name] + arguments, errors: path)
        }
    }

    private static func spawn(_ command: [String], errors: String) throws -> (pid_t, Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw VisageError(.engine, "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        // NIO's sockets are not marked close-on-exec: a program that has them keeps other tests' connections open.
        for descriptor in 3..<Int32(min(4_096, sysconf(Int32(_SC_OPEN_MAX)))) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // Dispatch's threads block all signals, and a program inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, command[0], &actions, &attributes, &words, environ) == 0 else {
            close(ends[0])
            throw VisageError(.notFound, "cannot start \(command[0])")
        }
        return (process, ends[0])
    }

    deinit {
        if isRunning {
            kill(process, SIGKILL)
            wait(options: 0)
        }
        close(output)
    }

    public var isRunning: Bool {
        wait(options: WNOHANG)
        return status == nil
    }

    /// Lines of its standard output, up to and with the one that holds `mark`, or to its end. Blocks, but not for
    /// longer than `testTimeout`.
    public func lines(until mark: String) -> [String] {
        var bytes: [UInt8] = []
        let deadline = MonotonicTime.now + testTimeout
        while MonotonicTime.now < deadline {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasSuffix("\n"), text.contains(mark) { break }
            guard let more = read(before: deadline), !more.isEmpty else { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The next piece of standard output; empty at the end, nil when nothing came in time.
    private func read(before deadline: MonotonicTime) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = max(0, (deadline - MonotonicTime.now).milliseconds)
            var poller = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(clamping: Int(left)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Foundation.read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, count)))
        }
    }

    public func signal(_ number: Int32) { kill(process, number) }

    /// Everything left on standard output, standard error, and the exit code; nil after a signal. Blocks; a program
    /// that does not end within `testTimeout` is killed.
    public func finish() throws -> (output: String, errors: String, code: Int32?) {
        var rest: [UInt8] = []
        let deadline = MonotonicTime.now + testTimeout
        while true {
            guard let more = read(before: deadline) else {
                kill(process, SIGKILL)
                break
            }
            if more.isEmpty { break }
            rest += more
        }
        wait(options: 0)
        let said = try String(contentsOf: errors, encoding: .utf8)
        // The low seven bits of a wait status name the signal.
        let code = status.flatMap { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : nil }
        return (String(decoding: rest, as: UTF8.self), said, code)
    }

    private func wait(options: Int32) {
        guard status == nil else { return }
        var found: Int32 = 0
        while true {
            let result = waitpid(process, &found, options)
            if result < 0, errno == EINTR { continue }
            if result == process { status = found }
            return
        }
    }
}
