import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Standard error that cannot be written, and standard output that nobody reads.
    @Suite struct StandardErrorTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        /// Ways to spoil standard error, as the shell does them before it becomes the program.
        enum Spoiling: String, CaseIterable {
            case full = "exec 2>/dev/full"
            case closed = "exec 2>&-"
            /// A pipe without a reader.
            case gone = "mkfifo \"$0\"; exec 3<>\"$0\"; exec 2>\"$0\"; exec 3<&-"

            func launcher(_ folder: ScratchFolder) -> [String] {
                ["bash", "-c", "\(rawValue); exec \"$@\"", folder.file("pipe-\(self)").path]
            }
        }

        private func run(_ spoiling: Spoiling, _ command: String...) async throws -> Program.Outcome {
            let words = spoiling.launcher(folder) + command
            return try await Program.run(words[0], Array(words.dropFirst()))
        }

        @Test(arguments: Spoiling.allCases) func exitCodesStayRight(_ spoiling: Spoiling) async throws {
            let bad = folder.file("bad.yaml")
            try Data("cameras: []\n".utf8).write(to: bad)
            #expect(try await run(spoiling, Programs.visaged, "--config", bad.path).exitCode == 78)
            #expect(try await run(spoiling, Programs.visaged, "--config", bad.path, "--check").exitCode == 78)
            #expect(try await run(spoiling, Programs.visaged, "--no-such-option").exitCode == 64)
            #expect(try await run(spoiling, Programs.visage, "train").exitCode == 64)
            let nobody = folder.file("nobody.sock").path
            #expect(try await run(spoiling, Programs.visage, "status", "--socket", nobody).exitCode == 1)
        }

        @Test(arguments: Spoiling.allCases) func theDaemonRunsOn(_ spoiling: Spoiling) async throws {
            var options = DaemonUnderTest.Options(try Material.get())
            options.launcher = spoiling.launcher(folder)
            options.more = ["log: {level: trace}"]
            let events = try await DaemonUnderTest.run(options, in: folder)
            #expect(events.contains { $0.type == .identified })
        }

        /// A reader who has stopped reading holds nobody up.
        @Test func aReaderWhoDoesNotReadIsNotWaitedFor() async throws {
            var options = DaemonUnderTest.Options(try Material.get())
            // The pipe is filled to the last byte before the daemon starts.
            options.launcher = [
                "bash", "-c",
                """
                mkfifo "$0"; exec 3<>"$0"; timeout 1 cat /dev/zero >&3; exec 2>&3; exec "$@"
                """, folder.file("pipe").path,
            ]
            options.more = ["log: {level: trace}"]
            #expect(try await !DaemonUnderTest.run(options, in: folder).isEmpty)
        }

        @Test func standardOutputThatCannotBeWritten() async throws {
            let file = folder.file("good.yaml")
            try Data("cameras: [{name: a, source: /dev/video9}]\n".utf8).write(to: file)
            func run(_ redirection: String, _ words: String...) async throws -> Program.Outcome {
                try await Program.run(
                    "bash", ["-c", "set -o pipefail; \"$@\" \(redirection)", "bash"] + words)
            }
            let print = [Programs.visaged, "--config", file.path, "--print-config"]
            #expect(try await run("| true", print[0], print[1], print[2], print[3]).exitCode == 0)
            let full = try await run(">/dev/full", print[0], print[1], print[2], print[3])
            #expect(full.exitCode == 1 && full.errors.contains("Standard output cannot be written"), "\(full)")
            let models = try await run("| head -n 1", Programs.visage, "models", "list")
            #expect(models.exitCode == 0 && models.errors.isEmpty, "\(models)")
        }
    }
}
