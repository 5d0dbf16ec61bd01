import Foundation
import Synchronization
import VisageCore

/// Runs the command `visage` on the daemon's files.
public struct VisageCommand: Sendable {
    /// What it has come to.
    public struct Outcome: Sendable {
        public let exitCode: Int32
        /// Lines of standard output.
        public let lines: [String]
        /// The last line of standard error, without the name of the program.
        public let problem: String
    }

    /// What it prints beyond so much is not kept.
    private static let maxOutput = 64 << 20

    private let program: String
    private let configuration: String

    /// - Parameters:
    ///   - program: path of `visage`.
    ///   - configuration: path of the daemon's configuration.
    public init(program: String, configuration: String) {
        self.program = program
        self.configuration = configuration
    }

    /// The program beside the one that runs.
    public static var beside: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "visage")
            .path
    }

    /// Runs it to its end.
    /// - Parameters:
    ///   - words: the command and its options.
    ///   - values: what comes from outside; taken as it is, whatever it begins with.
    ///   - input: for its standard input; at most a pipe's 4096 bytes.
    ///   - isConfigured: whether the command takes the daemon's configuration.
    ///   - limit: it is ended after so long; nil for no limit.
    ///   - onLine: hears each line of standard output, from another thread.
    /// - Throws: `VisageError` (engine) if it cannot be started.
    public func run(
        _ words: [String], values: [String] = [], input: String? = nil, isConfigured: Bool = true,
        limit: Duration? = nil, onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments =
            words + (isConfigured ? ["--config", configuration] : []) + (values.isEmpty ? [] : ["--"] + values)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        let words = input.map { _ in Pipe() }
        if let words { process.standardInput = words } else { process.standardInput = FileHandle.nullDevice }
        do {
            try process.run()
            if let words, let input {
                try? words.fileHandleForWriting.write(contentsOf: Data(input.utf8.prefix(4096)))
                try? words.fileHandleForWriting.close()
            }
        } catch {
            throw VisageError(
                .engine, "\(program) cannot be run, which visage-web needs beside it", cause: error.systemReason
            )
        }
        let deadline = limit.map { limit in
            Task {
                // The time that the command may take; the task is cancelled when it ends before.
                try await Task.sleep(for: limit)
                kill(process.processIdentifier, SIGKILL)
            }
        }
        defer { deadline?.cancel() }
        async let complaints = Self.read(errors.fileHandleForReading) { _ in }
        let lines = await Self.read(output.fileHandleForReading, onLine)
        let problem = await complaints.last ?? ""
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                process.waitUntilExit()
                done.resume()
            }
        }
        let code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        let own = "visage: "
        return Outcome(
            exitCode: code, lines: lines,
            problem: problem.hasPrefix(own) ? String(problem.dropFirst(own.count)) : problem)
    }

    private static func read(_ handle: FileHandle, _ onLine: @escaping @Sendable (String) -> Void) async -> [String] {
        await withCheckedContinuation { done in
            // Blocks, so not in the pool of tasks.
            DispatchQueue(label: "visage.command").async {
                var (lines, rest, total): ([String], Data, Int) = ([], Data(), 0)
                while let part = try? handle.read(upToCount: 1 << 16), !part.isEmpty {
                    total += part.count
                    guard total <= maxOutput else { continue }
                    rest.append(part)
                    while let end = rest.firstIndex(of: 0x0A) {
                        let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                        rest = Data(rest[(end + 1)...])
                        lines.append(line)
                        onLine(line)
                    }
                }
                if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
                done.resume(returning: lines)
            }
        }
    }

    /// Runs a command that prints one JSON object.
    /// - Throws: `VisageError` with what the command complains of.
    public func object<Value: Decodable & Sendable>(_ type: Value.Type, _ words: [String]) async throws -> Value {
        let outcome = try await run(words)
        guard outcome.exitCode == 0 else {
            throw VisageError(outcome.exitCode == 78 ? .configuration : .unreadable, outcome.problem)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(outcome.lines.joined(separator: "\n").utf8))
        } catch {
            throw VisageError(
                .engine, "visage \(words.joined(separator: " ")) has answered something else", cause: "\(error)")
        }
    }
}
