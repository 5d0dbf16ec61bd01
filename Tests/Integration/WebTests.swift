import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// The page in the browser, beside a real daemon on the demonstration's clip.
    @Suite struct WebTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func start(_ own: Material? = nil) async throws -> (DaemonUnderTest, WebServerUnderTest) {
            var options = DaemonUnderTest.Options.endless(own ?? material)
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            return (daemon, try await WebServerUnderTest.start(folder.file("visaged.yaml")))
        }

        private func script(_ name: String) -> String {
            Workspace.folder.appending(path: "Tests/Integration/\(name)").path
        }

        @Test(.enabled(if: WebTests.hasBrowser, "chromium and chromium-driver are not installed"))
        func aBrowserShowsEveryPage() async throws {
            let own = try await WebMaterial.make(in: folder)
            let (daemon, server) = try await start(own)
            let outcome = try await WebMaterial.look(at: server, with: "web_browser.py")
            #expect(outcome.exitCode == 0, "\(outcome)")
            try await server.stop()
            _ = try await daemon.stop()
        }

        @Test func itWithstandsAttacks() async throws {
            let (daemon, server) = try await start()
            let secret = folder.file("secret.txt")
            try Data("the secret \(UUID())".utf8).write(to: secret)
            let outcome = try await Program.run(
                script("web_attack.py"),
                ["\(server.port)", "editor", WebServerUnderTest.password, secret.path, "60"])
            #expect(outcome.exitCode == 0, "\(outcome)")
            try await server.stop()
            _ = try await daemon.stop()
        }

        @Test func visitsFollowTheLogThroughKillsAndForgetting() async throws {
            let (daemon, first) = try await start()
            let name = "Barack Obama"
            let path = "/api/v1/visits?person=Barack%20Obama&limit=500"
            func visits(_ server: WebServerUnderTest) async throws -> Int {
                try await server.get(path).text.ranges(of: "\"name\":\"\(name)\"").count
            }
            #expect(try await eventually { try await visits(first) >= 2 })
            first.program.signal(SIGKILL)
            _ = try? await first.program.wait()
            let second = try await WebServerUnderTest.start(folder.file("visaged.yaml"))
            #expect(try await eventually { try await visits(second) >= 4 })
            let logged = try await daemon.stop()
            let tracks = Set(logged.filter { $0.name == name }.compactMap(\.track))
            #expect(try await eventually { try await visits(second) == tracks.count })
            let id = try #require(logged.compactMap(\.unknownID).first)
            let outcome = try await visage("forget", id, "--yes", "--events", "--config", folder.file("web.yaml").path)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let left = try await second.get("/api/v1/visits?unknown=\(id)")
            #expect(left.status == "200" && !left.text.contains("\"id\""), "\(left)")
            let forgotten = try await second.get("/api/v1/visits?unknown=forgotten")
            #expect(forgotten.text.contains("\"unknown_id\":\"forgotten\""))
            try await second.stop()
        }

        /// The server itself; its own store says what it has taken.
        private func scrape(_ server: WebServerUnderTest) async throws {
            let port = try WebServerUnderTest.freePort()
            try Data(
                """
                global: {scrape_interval: 500ms, scrape_timeout: 400ms}
                scrape_configs:
                  - job_name: visage
                    basic_auth: {username: viewer, password: \(WebServerUnderTest.password)}
                    static_configs: [{targets: ["127.0.0.1:\(server.port)"]}]

                """.utf8
            ).write(to: folder.file("prometheus.yml"))
            let prometheus = try Program(
                "prometheus",
                [
                    "--config.file=\(folder.file("prometheus.yml").path)",
                    "--storage.tsdb.path=\(folder.file("tsdb").path)",
                    "--web.listen-address=127.0.0.1:\(port)",
                ])
            func query(_ text: String) async throws -> String {
                let outcome = try await Program.run(
                    "curl",
                    ["-s", "-G", "--data-urlencode", "query=\(text)", "http://127.0.0.1:\(port)/api/v1/query"])
                return outcome.output
            }
            #expect(
                try await eventually {
                    try await query("up{job=\"visage\"} == 1 and visage_up == 1").contains("\"value\":[")
                }, "\(prometheus.errors)")
            // A histogram that Prometheus can compute with.
            #expect(
                try await eventually {
                    let answer = try await query(
                        "histogram_quantile(0.99, sum by (le) (visage_camera_frame_latency_seconds_bucket)) > 0")
                    return answer.contains("\"value\":[")
                }, "\(prometheus.errors)")
            prometheus.signal(SIGTERM)
            _ = try await prometheus.wait()
            #expect(!prometheus.errors.contains("level=error"), "\(prometheus.errors)")
        }

        @Test(.enabled(if: access("/usr/bin/promtool", X_OK) == 0, "prometheus is not installed"))
        func prometheusTakesTheMetrics() async throws {
            let (daemon, server) = try await start()
            #expect(await eventually { daemon.collector.logged.contains { $0.type == .lost } })
            var metrics = ""
            #expect(
                try await eventually {
                    metrics = try await server.get("/metrics").text
                    return metrics.contains("visage_verdicts_total")
                })
            for name in [
                "visage_up 1", "visage_camera_frames_total", "visage_camera_faces_total",
                "visage_camera_embeddings_total", "visage_camera_frame_latency_seconds_bucket",
                "visage_gallery_people 2",
            ] {
                #expect(metrics.contains(name), "\(name)")
            }
            #expect(!metrics.contains("Obama"))
            try Data((metrics + "\n").utf8).write(to: folder.file("metrics.txt"))
            let outcome = try await Program.run(
                "sh", ["-c", #"promtool check metrics <"$0""#, folder.file("metrics.txt").path])
            #expect(outcome.exitCode == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
            try await scrape(server)
            try await server.stop()
            _ = try await daemon.stop()
        }

        @Test func aPortInUseIsSaid() async throws {
            try Data("cameras: [{name: demo, source: /dev/video0}]\nstate: state\n".utf8).write(
                to: folder.file("visaged.yaml"))
            let first = try await WebServerUnderTest.start(folder.file("visaged.yaml"))
            let outcome = try await Program.run(Programs.visageWeb, ["--config", folder.file("web.yaml").path])
            #expect(
                outcome.exitCode == 1 && outcome.errors.contains("change `web.address` or `web.port`"), "\(outcome)")
            try await first.stop()
        }

        @Test func whatCannotBeUsedIsRefused() async throws {
            let file = folder.file("visaged.yaml")
            let camera = "cameras: [{name: demo, source: /dev/video0}]\nstate: state\n"
            for (web, code, part) in [
                ("{address: 0.0.0.0}", Int32(78), "visage web-password"),
                ("{adress: x}", 78, "line 3: unknown key `web.adress`"),
                ("{address: localhost}", 78, "`web.address` should be an IP address"),
                ("{port: 70000}", 78, "`web.port`"),
            ] {
                try Data("\(camera)web: \(web)\n".utf8).write(to: file)
                let outcome = try await Program.run(Programs.visageWeb, ["--config", file.path, "--check"])
                #expect(outcome.exitCode == code && outcome.complaints.count == 1, "\(outcome)")
                #expect(outcome.errors.contains(part), "\(outcome)")
            }
        }

        private static var hasBrowser: Bool {
            ["/usr/bin/chromium", "/usr/bin/chromedriver"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: $0)
            }
        }
    }
}
