import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// The package and its units under a real systemd: the scripts in Tests/Systemd tell what happens.
    @Suite(.enabled(if: BareDebian.problem == nil, "\(BareDebian.hint)"))
    struct SystemdTests {
        private let folder: ScratchFolder

        init() async throws { folder = try await BareDebian.material() }

        /// Runs a script that has to come to its end.
        private func run(_ script: String, isReady: Bool = true) async throws -> BareDebian.Outcome {
            let outcome = try await BareDebian.run(script, isReady: isReady, in: folder)
            try #require(outcome.status == 0, "\(outcome.log)")
            return outcome
        }

        @Test func fromInstallationToPurge() async throws {
            let outcome = try await run("life.sh", isReady: false)
            #expect(outcome.lines("enabled") == ["enabled", "enabled"])
            #expect(
                outcome.text("status.bare").contains("Status: \"0 of 1 cameras up, door: there is no /dev/video0"))
            #expect(
                outcome.lines("modes") == [
                    "750 visage visage", "660 root visage", "660 visage visage", "750 visage visage",
                    "640 root visage",
                ])

            let events = try outcome.events("events.jsonl")
            #expect(events.contains { $0.name == "Barack Obama" && $0.type == .identified })
            #expect(events.last?.type == .sourceDown && events.last?.reason == "stopped")
            #expect(outcome.text("frames") == "mjpeg,1280,720\n")
            #expect(outcome.text("frames.problems").isEmpty)
            #expect(outcome.text("status.door").contains("door"))

            // systemd waits no longer than the five seconds that the unit has.
            #expect(outcome.lines("stop.result") == ["success"])
            let recordings = try FileManager.default.contentsOfDirectory(atPath: folder.file("recordings").path)
            #expect(recordings.count == 1)
            for recording in recordings {
                #expect(try await Video.decoded(folder.file("recordings/" + recording).path) > 0)
            }
            // By camera and by how grave it is, an administrator can look for messages.
            let journal = outcome.lines("journal.json")
            #expect(journal.contains { $0.contains("\"VISAGE_CAMERA\":\"door\"") && $0.contains("\"PRIORITY\":\"4\"") })

            #expect(outcome.lines("active.removed") == ["inactive", "inactive"])
            #expect(outcome.text("left").isEmpty, "left after purge: \(outcome.text("left"))")
            try checkUnits(outcome)
        }

        private func checkUnits(_ outcome: BareDebian.Outcome) throws {
            #expect(outcome.text("verify").isEmpty, "systemd-analyze verify: \(outcome.text("verify"))")
            for (kind, most) in [("network", 1.6), ("webcam", 0.8)] {
                let line = outcome.text("exposure.\(kind)")
                print("exposure, \(kind): \(line)", terminator: "")
                let exposure = try #require(line.split(separator: " ").compactMap { Double($0) }.first)
                #expect(exposure <= most, "\(line)")
            }
        }

        /// `visage-web`, `visage-mqtt` and `visage-fleet`.
        @Test func theServicesThatAreOffUntilTheyAreEnabled() async throws {
            let fleet = folder.file("enrolled").path
            let enrollment = try await Program.run(
                Programs.path("visage-fleet"),
                ["enroll", fleet, "--server", "127.0.0.1:4222", "--machine", "house"])
            try #require(enrollment.exitCode == 0, "\(enrollment)")
            try FileManager.default.copyItem(atPath: fleet + "/machines/house", toPath: folder.file("fleet").path)
            let outcome = try await run("services.sh")
            #expect(outcome.lines("enabled") == ["disabled", "disabled", "disabled"])
            #expect(outcome.text("verify.services").isEmpty, "\(outcome.text("verify.services"))")
            for (line, most) in zip(outcome.lines("exposure.services"), [1.5, 1.5, 1.5]) {
                print(line)
                let exposure = try #require(line.split(separator: " ").compactMap { Double($0) }.first)
                #expect(exposure <= most, "\(line)")
            }
            #expect(outcome.lines("exposure.services").count == 3)
            #expect(outcome.lines("reloaded") == ["online"])
            // Not started again: a person has to.
            #expect(outcome.lines("wrong.services") == ["failed 78 0", "failed 78 0", "failed 78 0"])
            #expect(outcome.lines("stopped") == ["success", "success", "success"])
            #expect(outcome.text("journal.services").contains("line 1: unknown key `camras`"))
        }

        @Test func whatHardeningForbidsIsForbidden() async throws {
            let outcome = try await run("hardening.sh")
            func answers(_ file: String) -> [String: String] {
                outcome.lines(file).reduce(into: [:]) { answers, line in
                    let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                    answers[parts[0]] = parts[1]
                }
            }
            let plain = answers("probe.plain")
            let hardened = answers("probe.hardened")
            let webcam = answers("probe.webcam")
            #expect(outcome.text("probe.problems").isEmpty, "\(outcome.text("probe.problems"))")

            // It has to be able to do these.
            let needed = [
                "write /var/lib/visage/probe", "write /run/visage/probe", "write /tmp/probe", "open /dev/null",
                "socket AF_INET", "socket AF_UNIX", "send to 192.168.77.1",
            ]
            let network = ["socket AF_INET", "send to 192.168.77.1"]
            for name in needed {
                #expect(plain[name] == "yes" && hardened[name] == "yes", "\(name): \(hardened[name] ?? "not tried")")
                #expect((webcam[name] == "yes") == !network.contains(name), "\(name) with a webcam only")
            }
            // All else would be allowed without the unit's settings, and is not.
            let state = ["CapBnd", "CapEff", "NoNewPrivs", "Seccomp", "Uid"]
            let forbidden = Set(plain.keys).subtracting(needed + state + ["socket AF_VSOCK"])
            #expect(forbidden.count == 18, "\(forbidden.sorted())")
            for name in forbidden {
                #expect(plain[name] == "yes", "\(name) is forbidden anyway: \(plain[name] ?? "")")
                for answers in [hardened, webcam] {
                    #expect(answers[name] != nil && answers[name] != "yes", "\(name) is allowed")
                }
            }
            for answers in [hardened, webcam] {
                #expect(answers["CapBnd"] == "0000000000000000" && answers["CapEff"] == "0000000000000000")
                #expect(answers["NoNewPrivs"] == "1" && answers["Seccomp"] == "2" && answers["Uid"] != "0")
            }
        }

        @Test func makeInstallAndUninstall() async throws {
            let outcome = try await run("tree.sh")
            #expect(outcome.lines("fragment") == ["/usr/local/lib/systemd/system/visaged.service"])
            #expect(outcome.lines("enabled") == ["enabled", "enabled"])
            #expect(outcome.text("verify").isEmpty, "systemd-analyze verify: \(outcome.text("verify"))")
            // Nothing tells it where to look, and it looks nowhere else.
            #expect(!outcome.text("environment").contains("VISAGE") && !outcome.text("environment").contains("LD_"))
            let libraries = outcome.lines("libraries")
            #expect(libraries.contains { $0.contains("libopenvino_intel_cpu_plugin") })
            for library in libraries {
                #expect(library.hasPrefix("/usr/lib/") || library.hasPrefix("/usr/local/lib/visage/"), "\(library)")
            }
            #expect(outcome.text("recognized").contains("\"name\":\"Joe Biden\""))
            #expect(outcome.lines("active") == ["inactive"])
            #expect(outcome.text("left").isEmpty, "left after purge: \(outcome.text("left"))")
        }

        @Test func whoConnectsBeforeTheStartAndAcrossRestartsMissesNothing() async throws {
            let outcome = try await run("sockets.sh")
            let first = try outcome.events("first.jsonl")
            #expect(first.first?.seq == 1 && first.first?.type == .sourceUp)
            let followed = try outcome.events("followed")
            #expect(Set(followed.map(\.run)).count == 4)
            #expect(followed.compactMap(\.seq) == Array(1...Int64(followed.count)))
            #expect(outcome.lines("restarts") == ["0"])
        }

        @Test func fiftyReloads() async throws {
            let outcome = try await run("reload.sh")
            #expect(outcome.lines("turns").count == 50)
            // The camera that all of them have went on.
            let door = try outcome.events("followed.reloads").filter { $0.camera == "door" }
            #expect(door.filter { $0.type == .sourceUp }.count == 1 && !door.contains { $0.type == .sourceDown })
            let all = try outcome.events("followed")
            #expect(all.compactMap(\.seq) == Array(1...Int64(all.count)))
            for reason in ["unknown key `camras`", "cannot be read", "is damaged", "no file /nowhere.mp4"] {
                #expect(outcome.text("refusals").contains(reason), "\(outcome.text("refusals"))")
            }
        }

        @Test func whatMayHappenToAService() async throws {
            let outcome = try await run("faults.sh")
            #expect(try await Video.decoded(folder.file("killed.mp4").path) > 30)
            #expect(outcome.text("journal.gallery").contains("the one that was read before stays in force"))
            let stops = outcome.lines("stops").map { $0.split(separator: " ") }
            #expect(stops.count == 9)
            // systemd waits no longer than the five seconds that the unit has.
            for stop in stops { #expect(stop.last == "success", "\(stop)") }

            #expect(outcome.lines("restarts.disk") == ["0"])
            // Once each, however long it lasts, and everything is in the log after all.
            let journal = outcome.lines("journal.disk")
            for message in [
                "Events go out but are not logged", "Events are logged again", "Not recording", "Recording again",
            ] {
                #expect(journal.count { $0.contains(message) } == 1, "\(journal)")
            }
            for status in ["status.disk", "status.disk.visage"] {
                #expect(outcome.text(status).contains("free space"), "\(outcome.text(status))")
            }
            let logged = try outcome.events("logged").compactMap(\.seq)
            #expect(logged == Array(1...Int64(logged.count)))
            #expect(
                outcome.text("journal.readonly").contains(
                    "cannot be written: give it to the user that visaged runs as"))
            // Not started again: a person has to.
            #expect(outcome.lines("wrong") == ["failed 78 0"])
            #expect(outcome.text("journal.wrong").contains("line 1: unknown key `camras`"))
        }

        @Test func aPasswordComesAsACredentialAndIsSeenNowhere() async throws {
            typealias Password = RTSPPasswordTests
            let streams = try await RTSPStreams.make(Material.get())
            try FileManager.default.createDirectory(at: folder.file("camera"), withIntermediateDirectories: true)
            for name in ["main.h264", "other.h264"] {
                try FileManager.default.copyItem(
                    at: streams.appending(path: name), to: folder.file("camera/" + name))
            }
            try Data("digest\nviewer\n\(Password.password)\n".utf8).write(to: folder.file("camera/login"))
            try Data("\(Password.password)\n".utf8).write(to: folder.file("password"))
            let outcome = try await run("password.sh")
            #expect(try outcome.events("said/events").contains { $0.name == "Barack Obama" })
            #expect(outcome.text("said/environment").contains("CREDENTIALS_DIRECTORY="))
            #expect(outcome.text("said/journal.json").contains("refuses the user name or the password"))
            for file in ["said/events", "said/status", "said/status.json", "said/journal.json"] {
                #expect(outcome.text(file).contains("door"), "\(file)")
            }
            let said = try FileManager.default.subpathsOfDirectory(atPath: folder.file("said").path)
            #expect(Password.holds(try Data(contentsOf: folder.file("password"))))
            #expect(said.contains("events.db") && said.contains { $0.hasSuffix(".mp4") }, "\(said)")
            for file in said {
                guard let data = try? Data(contentsOf: folder.file("said/" + file)) else { continue }
                #expect(!Password.holds(data), "\(file)")
            }
        }
    }
}
