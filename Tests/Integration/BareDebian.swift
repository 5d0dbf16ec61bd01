import Events
import Foundation
import TestSupport
import Testing
import VisageCore

/// A bare Debian under a systemd of its own, into which the package that was built is installed: `make systemd`
/// prepares it, Tests/Systemd says how.
enum BareDebian {
    /// What came of a run.
    struct Outcome {
        let folder: ScratchFolder
        /// What kept it from being run.
        let errors: String

        /// What the script said, and the journal.
        var log: String { [errors, text("console"), text("journal"), text("log")].joined(separator: "\n") }
        /// Its exit code; nil if it did not come to an end.
        var status: Int32? { Int32(text("status").trimmingCharacters(in: .whitespacesAndNewlines)) }

        /// What a file holds that the script has left.
        func text(_ file: String) -> String {
            (try? String(contentsOf: folder.file(file), encoding: .utf8)) ?? "there is no \(file)"
        }

        func lines(_ file: String) -> [String] { text(file).split(separator: "\n").map(String.init) }

        /// The logged events in a file of lines, each checked against the schema.
        func events(_ file: String) throws -> [Event] {
            try EventCollector.events(in: text(file)).filter { $0.seq != nil }
        }
    }

    private static let folder = Workspace.folder.appending(path: ".vendor/systemd")

    /// Why it cannot be run; nil if it can.
    static let problem: String? = {
        if FileManager.default.fileExists(atPath: folder.appending(path: "root.ready").path), getuid() == 0 {
            return nil
        }
        let reason = try? String(contentsOf: folder.appending(path: "problem"), encoding: .utf8)
        return "the bare Debian is not prepared: "
            + (reason?.split(separator: "\n").last.map(String.init) ?? "run `make systemd`, as root")
    }()
    static let hint = problem ?? ""

    /// Runs one of the scripts in Tests/Systemd there; `folder` is its /mnt/out.
    /// - Parameter isReady: what the package depends on is installed before.
    static func run(
        _ script: String, isReady: Bool = true, within limit: Duration = machineTimeout, in folder: ScratchFolder
    ) async throws -> Outcome {
        try await boot(
            "Systemd", [Self.folder.path, script, folder.url.path, isReady ? "ready" : "bare"], within: limit,
            in: folder)
    }

    /// Runs one of them in the guest, where cameras and the clock are its own, with what `make install` installs.
    static func runInGuest(_ script: String, in folder: ScratchFolder) async throws -> Outcome {
        try await boot(
            "Guest", [Guest.folder.path, script, folder.url.path, Self.folder.path], within: machineTimeout, in: folder)
    }

    private static func boot(
        _ place: String, _ words: [String], within limit: Duration, in folder: ScratchFolder
    ) async throws -> Outcome {
        // For what the script waits for.
        try Data("\(testTimeoutSeconds)\n".utf8).write(to: folder.file("timeout"))
        let machine = try Program(Workspace.folder.appending(path: "Tests/\(place)/boot.sh").path, words)
        // The one limit; each takes about a minute at most when nobody else wants the cores.
        _ = await eventually(within: limit) { machine.hasEnded }
        machine.signal(SIGKILL)
        return Outcome(folder: folder, errors: machine.errors)
    }

    /// A folder with a clip for ever to be looped, three people for three seconds and nobody for two, the faces to
    /// learn, and a gallery.
    static func material() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try FileManager.default.copyItem(
            at: URL(filePath: try Material.get().gallery), to: folder.file("gallery"))
        try FileManager.default.copyItem(at: Workspace.demoFaces, to: folder.file("faces"))
        try await Video.ffmpeg([
            "-ss", "28", "-t", "3", "-i", Workspace.clip.path, "-an", "-vf", "tpad=stop_mode=add:stop_duration=2",
            "-preset", "ultrafast", folder.file("clip.mp4").path,
        ])
        return folder
    }
}
