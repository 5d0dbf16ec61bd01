import Events
import Foundation
import TestSupport
import Testing
import VisageCore

/// A machine with a kernel of its own, in which cameras come and go: `make guest` prepares it, Tests/Guest says how.
enum Guest {
    /// What came of a run.
    struct Outcome {
        let folder: ScratchFolder
        /// What the guest's program said, and what the kernel did.
        let log: String
        /// Its exit code; nil if it did not come to an end.
        let status: Int32?

        func text(_ file: String) throws -> String {
            try String(contentsOf: folder.file(file), encoding: .utf8)
        }

        /// The events in a file of lines, each checked against the schema.
        func events(_ file: String) throws -> [Event] { try EventCollector.events(in: try text(file)) }
    }

    static let folder = Workspace.folder.appending(path: ".vendor/guest")
    private static let qemu = "/usr/bin/qemu-system-x86_64"

    /// Why it cannot be run; nil if it can.
    static let problem: String? = {
        let files = FileManager.default
        if !files.isExecutableFile(atPath: qemu) { return "QEMU is not installed: `make guest` installs it" }
        if files.fileExists(atPath: folder.appending(path: "kernel/ready").path) { return nil }
        let reason = try? String(contentsOf: folder.appending(path: "problem"), encoding: .utf8)
        return "the guest is not prepared: "
            + (reason?.split(separator: "\n").last.map(String.init) ?? "run `make guest`")
    }()
    static let hint = problem ?? ""

    /// Runs one of the scripts in Tests/Guest there; `folder` is its /mnt/out.
    static func run(_ script: String, in folder: ScratchFolder) async throws -> Outcome {
        let scripts = Workspace.folder.appending(path: "Tests/Guest").path
        let start = """
            #!/bin/bash
            mkdir -p /run/visage
            export VISAGED='\(Programs.visaged)'
            exec '\(scripts)/\(script)'

            """
        try Data(start.utf8).write(to: folder.file("run"))
        chmod(folder.file("run").path, 0o755)
        let machine = try Program(scripts + "/boot.sh", [Self.folder.path, "/mnt/out/run", folder.url.path])
        // The one limit; it takes about two minutes when nobody else wants the cores.
        _ = await eventually(within: machineTimeout) { machine.hasEnded }
        machine.signal(SIGKILL)
        func text(_ name: String) -> String {
            (try? String(contentsOf: folder.file(name), encoding: .utf8)) ?? "there is no \(name)"
        }
        let status = Int32(text("status").trimmingCharacters(in: .whitespacesAndNewlines))
        return Outcome(
            folder: folder,
            log: [machine.errors, text("console"), text("visaged.log"), text("log")].joined(separator: "\n"),
            status: status)
    }
}
