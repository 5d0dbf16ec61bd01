import Foundation
import Synchronization
import VisageCore

/// A program that a test runs. What it prints goes to files, which never fill up as a pipe that nobody empties does.
///
/// It does not outlive the test: it is killed when the last reference to it goes, and by the kernel should the test
/// process end before that.
public final class Program: Sendable {
    /// How it ended and what it said.
    public struct Outcome: Sendable, CustomStringConvertible {
        /// nil when a signal ended it.
        public let exitCode: Int32?
        public let output: String
        public let errors: String

        /// Lines of standard error.
        public var complaints: [String] { errors.split(separator: "\n").map(String.init) }
        public var description: String {
            "\(exitCode.map { "exit code \($0)" } ?? "killed by a signal"), said:\n\(output)\n\(errors)"
        }
    }

    /// It still runs after `testTimeout`, or could not be started.
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    public let pid: Int32
    private let name: String
    private let folder: ScratchFolder
    /// What `waitpid` said once it had ended.
    private let status = Mutex<Int32?>(nil)

    /// Starts it.
    /// - Parameter command: searched in PATH unless it is a path.
    public init(_ command: String, _ arguments: [String] = []) throws {
        name = ([command] + arguments).joined(separator: " ")
        folder = try ScratchFolder()
        let (output, errors) = (folder.file("output").path, folder.file("errors").path)
        pid = try Launcher.shared.start([command] + arguments, output: output, errors: errors)
    }

    deinit {
        signal(SIGKILL)
        var status: Int32 = 0
        if !hasEnded { waitpid(pid, &status, 0) }
    }

    /// Runs a program to its end.
    public static func run(_ command: String, _ arguments: [String] = []) async throws -> Outcome {
        try await Program(command, arguments).wait()
    }

    public var hasEnded: Bool { ending != nil }
    /// What it has printed so far.
    public var output: String { text("output") }
    public var errors: String { text("errors") }

    /// Sends a signal, unless the program has ended.
    public func signal(_ number: Int32) {
        if !hasEnded { kill(pid, number) }
    }

    /// Waits for its end.
    /// - Throws: `Failed` when it goes on for longer than `testTimeout`; it is killed then.
    @discardableResult public func wait() async throws -> Outcome {
        guard await eventually({ hasEnded }), let ending else {
            signal(SIGKILL)
            throw Failed(description: "\(name) does not end. It said:\n\(output)\n\(errors)")
        }
        // The low seven bits name the signal that ended it.
        let exitCode = ending & 0x7F == 0 ? ending >> 8 & 0xFF : nil
        return Outcome(exitCode: exitCode, output: output, errors: errors)
    }

    private var ending: Int32? {
        status.withLock { status in
            var found: Int32 = 0
            if status == nil, waitpid(pid, &found, WNOHANG) == pid { status = found }
            return status
        }
    }

    private func text(_ file: String) -> String {
        String(decoding: (try? Data(contentsOf: folder.file(file))) ?? Data(), as: UTF8.self)
    }
}

/// Starts all programs on one thread that never ends: the kernel takes the end of the *thread* that started a program
/// for its parent's death.
private final class Launcher: Sendable {
    static let shared = Launcher()
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let waiting = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                waiting.wait()
                jobs.withLock { $0.removeFirst() }()
            }
        }
    }

    func start(_ command: [String], output: String, errors: String) throws -> Int32 {
        let result = Mutex<(pid: Int32, error: Int32)>((0, 0))
        let done = DispatchSemaphore(value: 0)
        let job: @Sendable () -> Void = {
            let outcome = Self.spawn(["setpriv", "--pdeathsig", "KILL", "--"] + command, output, errors)
            result.withLock { $0 = outcome }
            done.signal()
        }
        jobs.withLock { $0.append(job) }
        waiting.signal()
        done.wait()
        let (pid, error) = result.withLock { $0 }
        guard error == 0 else {
            throw Program.Failed(
                description: "\(command[0]) cannot be started: \(String(cString: strerror(error)))")
        }
        return pid
    }

    private static func spawn(_ command: [String], _ output: String, _ errors: String) -> (Int32, Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // NIO's sockets are not marked close-on-exec: who has them keeps other tests' connections open.
        for descriptor in 3..<Int32(min(4_096, sysconf(Int32(_SC_OPEN_MAX)))) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // A program inherits what the test process ignores and blocks, and then no signal ends it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, command[0], &actions, &attributes, &words, environ)
        return (pid, error)
    }
}
