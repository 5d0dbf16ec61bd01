import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// A camera's password is in the configuration, or where that says, and nowhere else.
    @Suite struct RTSPPasswordTests {
        /// Where it comes from.
        enum Place: String, CaseIterable, Sendable { case address, file, credential }

        /// However it is encoded, cut or taken apart, one of these words shows it.
        private static let words = ["Tr0ubadour9", "q9Walrus4", "k7Oyster2", "z3Mussel8", "v5Limpet6"]
        static let password = "Tr0ubadour9@q9Walrus4:k7Oyster2/z3Mussel8#v5Limpet6%41"
        static let encoded = "Tr0ubadour9%40q9Walrus4%3Ak7Oyster2%2Fz3Mussel8%23v5Limpet6%2541"
        /// As basic authentication sends it.
        private static let sent = Data("viewer:\(password)".utf8).base64EncodedString()

        private let material: Material
        private let folder: ScratchFolder
        /// For what is meant to hold the password.
        private let secrets: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
            secrets = try ScratchFolder()
            try Data("\(Self.password)\n".utf8).write(to: secrets.file("door"))
        }

        @Test(arguments: Place.allCases, RTSPCameraUnderTest.Login.Scheme.allCases)
        func isNowhere(_ place: Place, _ scheme: RTSPCameraUnderTest.Login.Scheme) async throws {
            let camera = try await RTSPCameraUnderTest.start(
                material, login: .init(scheme: scheme, password: Self.password))
            var options = RTSPRun.Options()
            options.more = ["log: {level: trace}"]
            // Should it crash, it says what it can; names of functions would take it half a minute.
            options.launcher = ["env", "SWIFT_BACKTRACE=enable=yes,interactive=no,symbolicate=off"]
            switch place {
            case .address: options.credentials = "viewer:\(Self.encoded)"
            case .file:
                (options.credentials, options.keys) = ("viewer", ", password_file: \"\(secrets.file("door").path)\"")
            case .credential:
                (options.credentials, options.keys) = ("viewer", ", password_credential: door")
                options.launcher.append("CREDENTIALS_DIRECTORY=\(secrets.url.path)")
            }
            let run = try await RTSPRun.start(material, camera, options, in: folder)
            let raw = try Program("socat", ["-u", "UNIX-CONNECT:\(run.daemon.socket)", "-"])
            #expect(await run.everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)), "\(run.daemon.program.errors)")
            var said = try await talk(run)

            // It goes, and comes back with another password.
            let gone = try await camera.kill()
            #expect(await run.firstDown(after: gone) != nil)
            let back = try await camera.restart(login: .init(scheme: scheme, password: "another"))
            #expect(
                await eventually {
                    run.daemon.collector.arrivals.contains {
                        $0.time > back && $0.event.reason?.contains("refuses the user name or the password") == true
                    }
                })
            said += try await talk(run)
            #expect(try commandLines().allSatisfy { !Self.holds($0) })

            run.daemon.program.signal(SIGABRT)
            // Swift's runtime tells all that it knows, and lets the program go on unless the cause is still there.
            #expect(await eventually { run.daemon.program.errors.contains("Backtrace took") })
            run.daemon.program.signal(SIGABRT)
            let outcome = try await run.daemon.program.wait()
            #expect(outcome.exitCode == nil)
            #expect(await eventually { raw.hasEnded })
            said += ["\(outcome)", raw.output, raw.errors]
            for text in said { #expect(!Self.holds(Data(text.utf8)), "\(text)") }
            // What the test looks through is what there is.
            #expect(said.joined().contains("127.0.0.1:\(camera.port)") && raw.output.contains("Barack Obama"))
            let files = try self.files()
            #expect(
                ["events.db", "gallery.json", ".mp4"].allSatisfy { end in files.contains { $0.path.hasSuffix(end) } })
            for file in files { #expect(!Self.holds(try Data(contentsOf: file)), "\(file.path)") }
        }

        /// Whether any of it is in there.
        static func holds(_ data: Data) -> Bool {
            (words + [sent]).contains { data.range(of: Data($0.utf8)) != nil }
        }

        /// What the command line says about the daemon.
        private func talk(_ run: RTSPRun) async throws -> [String] {
            let status = try await visage("status", "--socket", run.daemon.socket)
            let json = try await visage("status", "--socket", run.daemon.socket, "--json")
            #expect(status.exitCode == 0 && json.exitCode == 0)
            let tail = try Program(Programs.visage, ["tail", "--socket", run.daemon.socket, "--since", "0"])
            #expect(await eventually { tail.output.contains("Barack Obama") })
            tail.signal(SIGINT)
            return ["\(status)", "\(json)", "\(try await tail.wait())"]
        }

        /// Of every process that there is.
        private func commandLines() throws -> [Data] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
                .compactMap { try? Data(contentsOf: URL(filePath: "/proc/\($0)/cmdline")) }
        }

        /// All that it wrote, and the gallery; not its configuration.
        private func files() throws -> [URL] {
            try [folder.url, URL(filePath: material.gallery)].flatMap { place in
                try FileManager.default.subpathsOfDirectory(atPath: place.path).map { place.appending(path: $0) }
            }.filter { url in
                let kind = try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile
                return kind == true && url.lastPathComponent != "visaged.yaml"
            }
        }
    }
}

extension IntegrationTests {
    /// A configuration that holds a password.
    @Suite struct PasswordInConfigurationTests {
        private typealias Password = SystemTests.RTSPPasswordTests
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        /// What is wrong with a configuration is said without it.
        @Test(arguments: [
            "source: \"rtsp://viewer:PASSWORD@/h264\"", "source: \"rtsp://viewer:PASSWORD@host:99999/h264\"",
            "source: \"rtsp://viewer:PASSWORD@127.0.0.1/h264\", transport: pigeon",
            "source: \"rtsp://viewer:PASSWORD@127.0.0.1/h264\", passwort: x",
            "source: \"rtsp://viewer:PASSWORD@127.0.0.1/h264\", transport: [tcp",
            "source: rtsp://viewer:PASSWORD@127.0.0.1/h264: x", "source: \"http://viewer:PASSWORD@127.0.0.1/h264\"",
        ])
        func isNotRepeated(_ entry: String) async throws {
            // Also as people write it who do not know of percent-encoding.
            for password in [Password.encoded, Password.password] {
                var options = DaemonUnderTest.Options(material)
                options.cameras = ["{name: demo, \(entry.replacing("PASSWORD", with: password))}"]
                let file = folder.file("visaged.yaml")
                try Data(options.configuration.utf8).write(to: file)
                let outcome = try await Program.run(Programs.visaged, ["--config", file.path, "--check"])
                #expect(outcome.exitCode != 0 && !Password.holds(Data("\(outcome)".utf8)), "\(outcome)")
            }
        }
    }
}
