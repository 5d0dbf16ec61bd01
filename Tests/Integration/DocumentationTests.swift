import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// What is made of the programs' help: the check of the documentation, man pages and completions.
    @Suite struct DocumentationTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private var programs: String { URL(filePath: Programs.visage).deletingLastPathComponent().path }

        private func python(_ script: String, _ arguments: String...) async throws -> Program.Outcome {
            try await Program.run("python3", [script] + arguments)
        }

        @Test func linksAndCommandsAreRight() async throws {
            let outcome = try await python(Workspace.folder.appending(path: "docs/check.py").path, programs)
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
        }

        /// Each line of the page below is wrong in one way.
        @Test func whatIsWrongIsNamedWithItsLine() async throws {
            let copy = folder.url
            for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile"] {
                try Data((name == "Makefile" ? "check:\n" : "# Page\n").utf8).write(to: copy.appending(path: name))
            }
            try FileManager.default.createDirectory(at: folder.file("docs"), withIntermediateDirectories: false)
            let script = folder.file("docs/check.py")
            try FileManager.default.copyItem(at: Workspace.folder.appending(path: "docs/check.py"), to: script)
            try Data(
                """
                # Page
                [gone](gone.md) and [no heading](../README.md#none)
                `visage dance` and `visage tail --loud` and `make coffee`
                ```sh
                visage models list
                visage train faces
                sudo -u visage visage label --list && visage verify pairs.txt
                visage bench --engine steam   # and `visage nonsense` in a comment
                ```
                """.utf8
            ).write(to: folder.file("docs/page.md"))
            let outcome = try await python(script.path, programs)
            #expect(outcome.exitCode == 1, "\(outcome)")
            let expected = [
                (2, "gone.md"), (2, "#none"), (3, "dance"), (3, "--loud"), (3, "coffee"), (6, "--output"),
                (7, "1 argument"), (8, "steam"),
            ]
            #expect(outcome.complaints.count == expected.count, "\(outcome)")
            for (line, word) in expected {
                #expect(
                    outcome.complaints.contains { $0.hasPrefix("docs/page.md, line \(line): ") && $0.contains(word) },
                    "\(line) \(word) in \(outcome)")
            }
        }

        @Test func manPagesHaveEveryCommandOptionAndKey() async throws {
            let outcome = try await python(
                Workspace.folder.appending(path: "docs/manpages.py").path, programs, folder.url.path)
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            func page(_ name: String) throws -> String {
                try String(contentsOf: folder.file(name), encoding: .utf8)
            }
            let visage = try page("man1/visage.1")
            for words in [
                ".SS visage train", ".SS visage models list", #"\fB\-\-false\-names\fR"#, ".SH EXIT STATUS",
            ] {
                #expect(visage.contains(words), "\(words)")
            }
            #expect(try page("man8/visaged.8").contains(#"\fB\-\-check\fR"#))
            #expect(try page("man5/visaged.yaml.5").contains(#"\fBcameras.password_credential\fR"#))
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else { return }
            for name in ["man1/visage.1", "man8/visaged.8", "man8/visage-mqtt.8", "man5/visaged.yaml.5"] {
                let shown = try await Program.run(
                    "groff", ["-man", "-Tutf8", "-ww", "-z", folder.file(name).path])
                #expect(shown.exitCode == 0 && shown.complaints.isEmpty, "\(name): \(shown)")
            }
        }

        @Test(arguments: ["bash", "zsh", "fish"])
        func completionsAreMade(_ shell: String) async throws {
            for program in [Programs.visage, Programs.visaged] {
                let outcome = try await Program.run(program, ["--generate-completion-script", shell])
                #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
                #expect(outcome.output.contains("help"), "\(outcome)")
            }
        }
    }
}
