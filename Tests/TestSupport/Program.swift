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

    private let name: String
    private let folder: ScratchFolder
    private let process: Process
    private let outcome = Mutex<(reason: Process.TerminationReason, status: Int32)?>(nil)

    /// Starts it.
    /// - Parameters:
    ///   - command: searched in PATH unless it is a path.
    ///   - environment: added to that of the test process.
    public init(_ command: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        name = ([command] + arguments).joined(separator: " ")
        folder = try ScratchFolder()
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "KILL", "--", command] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.writing(folder.file("output"))
        process.standardError = try Self.writing(folder.file("errors"))
        process.terminationHandler = { [weak self] process in
            self?.outcome.withLock { $0 = (process.terminationReason, process.terminationStatus) }
        }
        do {
            try Launcher.shared.run { [process] in try process.run() }
        } catch {
            throw Failed(description: "\(name) cannot be started: \(error)")
        }
    }

    deinit { signal(SIGKILL) }

    /// Runs a program to its end.
    public static func run(
        _ command: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await Program(command, arguments, environment: environment).wait()
    }

    public var pid: Int32 { process.processIdentifier }
    public var hasEnded: Bool { outcome.withLock { $0 != nil } }
    /// What it has printed so far.
    public var output: String { text("output") }
    public var errors: String { text("errors") }

    /// Sends a signal, unless the program has ended.
    public func signal(_ number: Int32) {
        if !hasEnded, process.isRunning { kill(pid, number) }
    }

    /// Waits for its end.
    /// - Throws: `Failed` when it goes on for longer than `testTimeout`; it is killed then.
    @discardableResult public func wait() async throws -> Outcome {
        guard await eventually({ hasEnded }), let ending = outcome.withLock({ $0 }) else {
            signal(SIGKILL)
            throw Failed(description: "\(name) does not end. It said:\n\(output)\n\(errors)")
        }
        return Outcome(
            exitCode: ending.reason == .exit ? ending.status : nil, output: output, errors: errors)
    }

    private func text(_ file: String) -> String {
        String(decoding: (try? Data(contentsOf: folder.file(file))) ?? Data(), as: UTF8.self)
    }

    private static func writing(_ file: URL) throws -> FileHandle {
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
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

    func run(_ body: @escaping @Sendable () throws -> Void) throws {
        let result = Mutex<Result<Void, any Error>>(.success(()))
        let done = DispatchSemaphore(value: 0)
        let job: @Sendable () -> Void = {
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            done.signal()
        }
        jobs.withLock { $0.append(job) }
        waiting.signal()
        done.wait()
        try result.withLock { $0 }.get()
    }
}
