import Foundation
import TestSupport
import Testing

extension SoakTests {
    /// Random requests of everything that the page's OpenAPI document describes: 100,000; the short form 2,000.
    @Suite struct SoakWebFuzzTests {
        @Test func nothingThatIsAskedIsTooMuch() async throws {
            let folder = try ScratchFolder()
            // People and photos are changed on the way: they are of this test.
            let (faces, gallery) = (folder.file("faces"), folder.file("gallery").path)
            try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
            let training = try await visage("train", faces.path, "--output", gallery)
            try #require(training.exitCode == 0, "\(training)")
            var material = try Material.get()
            material.gallery = gallery
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let server = try await WebServerUnderTest.start(folder.file("visaged.yaml"))
            let fuzz = try Program(
                Workspace.folder.appending(path: "Tests/Integration/web_fuzz.py").path,
                ["\(server.port)", "editor", WebServerUnderTest.password, Soak.isShort ? "2000" : "100000"])
            _ = await eventually(within: machineTimeout * 4) { fuzz.hasEnded }
            let outcome = try await fuzz.wait()
            print(outcome.output, terminator: "")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try await server.get("/api/v1/health").status == "200")
            // Every gallery that it has made is one that the daemon takes, or refuses with a word.
            server.program.signal(SIGTERM)
            #expect(try await server.program.wait().exitCode == 0)
            daemon.program.signal(SIGTERM)
            #expect(try await daemon.program.wait().exitCode == 0)
        }
    }
}
