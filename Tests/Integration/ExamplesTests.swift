import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// The programs in `examples/`, with a running daemon.
    @Suite struct ExamplesTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func example(_ name: String) -> String { Workspace.folder.appending(path: "examples/\(name)").path }

        @Test func theSubscriberInPythonPrintsEveryEvent() async throws {
            let daemon = try await DaemonUnderTest.start(.endless(material), in: folder)
            let subscriber = try Program(
                example("subscriber.py"), ["--socket", daemon.socket, "--since", "0", "--once"])
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .lost } })
            let logged = try await daemon.stop()
            let outcome = try await subscriber.wait()
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            let printed = outcome.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }
            #expect(printed.first?[2] == "hello")
            let expected = logged.map { event in
                [event.time, event.camera ?? "", event.type.rawValue, event.name ?? event.unknownID ?? ""]
                    .filter { !$0.isEmpty }.joined(separator: " ")
            }
            #expect(printed.dropFirst().map { $0.joined(separator: " ") } == expected)
        }

        @Test func theSubscriberInPythonMissesNothingWhenTheDaemonRestarts() async throws {
            let first = try await DaemonUnderTest.start(.endless(material), in: folder)
            let subscriber = try Program(example("subscriber.py"), ["--socket", first.socket, "--since", "0"])
            #expect(await eventually { subscriber.output.contains("face.appeared") })
            let before = try await first.stop()
            let second = try await DaemonUnderTest.start(.endless(material), in: folder)
            let last = before.last?.seq ?? 0
            #expect(
                await eventually { second.collector.logged.contains { $0.type == .appeared && $0.seq ?? 0 > last } })
            // It tries again once a second, and a daemon that is gone by then has nobody to ask.
            #expect(await eventually { subscriber.output.ranges(of: " hello").count == 2 })
            let all = try await second.stop()
            #expect(
                await eventually {
                    subscriber.output.split(separator: "\n").count { !$0.contains(" hello") } == all.count
                }, "\(subscriber.output)")
            subscriber.signal(SIGINT)
            let outcome = try await subscriber.wait()
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
        }

        @Test func theSubscriberInShellPrintsNames() async throws {
            let daemon = try await DaemonUnderTest.start(.endless(material), in: folder)
            let subscriber = try Program(example("subscriber.sh"), [daemon.socket])
            #expect(await eventually { subscriber.output.contains("Barack Obama") }, "\(subscriber.errors)")
            let logged = try await daemon.stop()
            let outcome = try await subscriber.wait()
            #expect(outcome.exitCode == 0 && outcome.complaints.isEmpty, "\(outcome)")
            let known = Set(
                logged.filter { $0.type == .identified }.map { "\($0.time) \($0.camera ?? ""): \($0.name ?? "")" })
            let lines = outcome.output.split(separator: "\n").map(String.init)
            #expect(!lines.isEmpty && known.isSuperset(of: lines), "\(outcome)")
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
        func systemdTakesTheDropIn() async throws {
            // The unit as it is installed, with a program that exists.
            let unit = try String(
                contentsOf: Workspace.folder.appending(path: "systemd/visaged.service"), encoding: .utf8
            ).replacing("@PREFIX@/bin/visaged", with: "/bin/true").replacing("@PREFIX@", with: "/usr")
                .replacing("@LIBRARIES@", with: "/usr/lib").replacing("Requires=visaged.socket", with: "")
            try Data(unit.utf8).write(to: folder.file("visaged.service"))
            let dropIns = folder.file("visaged.service.d")
            try FileManager.default.createDirectory(at: dropIns, withIntermediateDirectories: false)
            let copy = dropIns.appending(path: "visaged.conf")
            let arguments = ["verify", "--man=no", "--recursive-errors=no", folder.file("visaged.service").path]
            for (text, isTaken) in [
                (try String(contentsOfFile: example("visaged.conf"), encoding: .utf8), true),
                ("[Service]\nReadWritePath=/srv\n", false),
            ] {
                try Data(text.utf8).write(to: copy)
                let outcome = try await Program.run("systemd-analyze", arguments)
                #expect(outcome.errors.contains("visaged.conf") != isTaken, "\(outcome)")
            }
        }
    }
}
