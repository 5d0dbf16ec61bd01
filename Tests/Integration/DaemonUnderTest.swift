import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

/// A `visaged` with its own folder, and a subscriber who has asked for everything.
struct DaemonUnderTest {
    /// How it is started.
    struct Options {
        var source: String
        /// Camera keys.
        var pace = "fast"
        var loop = false
        var gallery: String
        /// Each an entry of its own, in place of the one above.
        var cameras: [String] = []
        /// Relative to the daemon's folder.
        var state = "state"
        var socket = "events.sock"
        var frames = "."
        var recordings = "recordings"
        /// More keys of `recording`.
        var recordingKeys: [String] = []
        /// More lines of configuration, from the eighth on.
        var more: [String] = []
        /// What starts it instead of the shell; the program and its arguments are appended.
        var launcher: [String] = []
        /// The subscriber's `since`.
        var since: Int64 = 0

        /// Watches the six seconds of the material.
        init(_ material: Material) {
            source = material.cut
            gallery = material.gallery
        }

        private var entries: [String] {
            cameras.isEmpty ? ["{name: demo, source: \"\(source)\", pace: \(pace), loop: \(loop)}"] : cameras
        }

        var configuration: String {
            """
            state: "\(state)"
            gallery: "\(gallery)"
            events: {socket: "\(socket)"}
            frames: {folder: "\(frames)"}
            recording: {\((["folder: \"\(recordings)\""] + recordingKeys).joined(separator: ", "))}
            cameras:
            \(entries.map { "  - \($0)" }.joined(separator: "\n"))

            """ + more.joined(separator: "\n") + "\n"
        }
    }

    let folder: ScratchFolder
    let program: Program
    let collector: EventCollector

    /// Starts the daemon and waits until it listens.
    static func start(_ options: Options, in folder: ScratchFolder) async throws -> DaemonUnderTest {
        let file = folder.file("visaged.yaml")
        try Data(options.configuration.utf8).write(to: file)
        let words = options.launcher + [Programs.visaged, "--config", file.path]
        let program = try Program(words[0], Array(words.dropFirst()))
        let socket = folder.file("events.sock").path
        let request = EventRequest(since: options.since)
        var collector: EventCollector?
        _ = await eventually {
            collector = try? EventCollector(socket: socket, request)
            return collector != nil || program.hasEnded
        }
        let found = try #require(collector, "visaged did not start: \(program.errors)")
        return DaemonUnderTest(folder: folder, program: program, collector: found)
    }

    /// Runs a daemon over a file to its end.
    /// - Returns: the events that were logged.
    static func run(_ options: Options, in folder: ScratchFolder) async throws -> [Event] {
        try await start(options, in: folder).end()
    }

    var socket: String { folder.file("events.sock").path }
    var frames: String { folder.file("demo.frames.sock").path }

    /// Asks it to stop, and waits.
    /// - Parameter errors: parts of the errors that its log must have; there must be no others.
    /// - Returns: the events that were logged.
    func stop(expecting errors: [String] = []) async throws -> [Event] {
        program.signal(SIGTERM)
        return try await end(expecting: errors)
    }

    /// Waits for its end and checks what holds at every good end.
    /// - Parameter errors: parts of the errors that its log must have; there must be no others.
    /// - Returns: the events that were logged.
    func end(expecting errors: [String] = []) async throws -> [Event] {
        try await exit(expecting: errors)
        #expect(collector.problems.isEmpty)
        #expect(!collector.events.contains { $0.type == .gap || $0.type == .error })
        let logged = collector.logged
        #expect(logged.map(\.seq) == logged.indices.map { Int64($0) + (logged.first?.seq ?? 1) })
        #expect(logged.first?.type == .sourceUp && logged.last?.type == .sourceDown)
        for path in [socket, frames] {
            #expect(!FileManager.default.fileExists(atPath: path), "\(path) is left")
        }
        return logged
    }

    /// Waits for its end, checks its exit code and its log, and sees that the subscriber has received everything.
    /// - Parameter errors: parts of the errors that its log must have; there must be no others.
    func exit(expecting errors: [String] = []) async throws {
        let outcome = try await program.wait()
        #expect(outcome.exitCode == 0, "\(outcome)")
        let found = outcome.loggedErrors
        for part in errors { #expect(found.contains { $0.contains(part) }, "\(part) in \(outcome)") }
        let others = found.filter { line in !errors.contains { line.contains($0) } }
        #expect(others.isEmpty, "\(outcome)")
        #expect(await eventually { collector.hasEnded })
    }

    /// The recordings of its camera, oldest first.
    var recordings: [URL] {
        let folder = folder.url.appending(path: "recordings/demo", directoryHint: .isDirectory)
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}

extension Program.Outcome {
    /// What visaged logged as an error or worse on standard error, and what Swift's runtime said of a crash. A line of
    /// the log is a time, the level, fields and, after a colon, the message: see ServiceLog.
    var loggedErrors: [String] {
        complaints.filter { line in
            let level = line.split(separator: " ").dropFirst().first?.prefix { $0 != ":" }
            return level == "error" || level == "critical" || line.contains("Fatal error")
        }
    }
}
