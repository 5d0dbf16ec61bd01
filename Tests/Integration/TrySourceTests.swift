import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `visage try`, and the page's "Try this source": a camera before it is written into the configuration.
    @Suite struct TrySourceTests {
        private let material: Material
        private let folder: ScratchFolder

        init() throws {
            material = try Material.get()
            folder = try ScratchFolder()
        }

        @Test func aCameraIsTried() async throws {
            let camera = try await RTSPCameraUnderTest.start(
                material, login: .init(scheme: .digest, password: "Tr0ubadour9"))
            let outcome = try await Program.run(
                "sh",
                [
                    "-c", #"echo "$1" | "$0" try -"#, Programs.visage, camera.url(credentials: "viewer:Tr0ubadour9"),
                ])
            #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
            #expect(outcome.output.contains("over TCP") && outcome.output.contains(" frames/s"), "\(outcome)")
            #expect(!outcome.output.contains("Tr0ubadour9"))
            let refused = try await visage("try", camera.url(credentials: "viewer:q9Walrus4"))
            expect(refused, 1, "visage: ", ["refuses the user name or the password"])
            #expect(!refused.errors.contains("q9Walrus4"))
            let missing = try await visage("try", "rtsp://127.0.0.1:1/x")
            expect(missing, 1, "visage: ", ["rtsp://127.0.0.1:1/x: "])
            expect(try await visage("try", "/etc/passwd"), 64, "visage: ", ["Only a webcam"])
        }

        @Test func thePageTriesOne() async throws {
            let camera = try await RTSPCameraUnderTest.start(
                material, login: .init(scheme: .basic, password: "Tr0ubadour9"))
            try Data("state: state\ncameras: [{name: demo, source: /dev/video0}]\n".utf8).write(
                to: folder.file("visaged.yaml"))
            let server = try await WebServerUnderTest.start(folder.file("visaged.yaml"))
            func attempt(_ source: String, as user: String = "editor") async throws -> (status: String, text: String) {
                try await server.post("/api/v1/sources/try", #"{"source":"\#(source)"}"#, as: user)
            }
            let works = try await attempt(camera.url(credentials: "viewer:Tr0ubadour9"))
            #expect(works.status == "200" && works.text.contains(#""works":true"#), "\(works)")
            #expect(works.text.contains(#""fps":"#) && !works.text.contains("Tr0ubadour9"), "\(works)")
            let wrong = try await attempt(camera.url(credentials: "viewer:q9Walrus4"))
            #expect(wrong.text.contains("refuses the user name or the password"), "\(wrong)")
            #expect(try await attempt("http://127.0.0.1:\(server.port)/").status == "400")
            #expect(try await attempt(camera.url(), as: "viewer").status == "403")
            #expect(!server.program.errors.contains("q9Walrus4"), "\(server.program.errors)")
            try await server.stop()
        }
    }
}
