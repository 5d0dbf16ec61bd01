import Events
import Foundation
import TestSupport
import Testing
import Visits

/// What a browser is shown: a gallery that may be changed, and a timeline that is long.
enum WebMaterial {
    /// A gallery of photos of its own, because people are added and removed, and 100,000 visits of another time.
    static func make(in folder: ScratchFolder) async throws -> Material {
        try fill(100_000, in: folder)
        let (faces, gallery) = (folder.file("faces"), folder.file("gallery").path)
        try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
        let training = try await visage("train", faces.path, "--output", gallery)
        try #require(training.exitCode == 0, "\(training)")
        var material = try Material.get()
        material.gallery = gallery
        return material
    }

    /// Has a browser look at every page.
    /// - Parameter script: which one it is.
    static func look(at server: WebServerUnderTest, with script: String) async throws -> Program.Outcome {
        let axe = Workspace.folder.appending(path: ".vendor/axe/axe_playwright_python/axe.min.js").path
        let browser = try Program(
            "env",
            [
                access(axe, R_OK) == 0 ? "AXE=\(axe)" : "AXE=",
                Workspace.folder.appending(path: "Tests/Integration/\(script)").path, server.address, "editor",
                WebServerUnderTest.password, "Barack Obama", "\(testTimeoutSeconds / 2)",
            ])
        // Longer than a test waits for one thing.
        _ = await eventually(within: machineTimeout) { browser.hasEnded }
        return try await browser.wait()
    }

    private static func fill(_ count: Int, in folder: ScratchFolder) throws {
        let store = try VisitStore(at: VisitStore.path(state: folder.file("state").path))
        var events: [Event] = []
        let decoder = JSONDecoder()
        for index in 0..<count {
            let time = Event.format(Date(timeIntervalSince1970: 1_772_000_000 + Double(index) * 60))
            let text = """
                {"schema":1,"run":"old","type":"face.lost","time":"\(time)","seq":\(index + 1_000_000),\
                "camera":"demo","frame":{"number":1,"pts_ms":0,"width":64,"height":64},"track":\(index),\
                "box":[0,0,9,9],"score":0.9,"duration_ms":100,\
                "best":{"frame":1,"pts_ms":0,"box":[0,0,9,9],"quality":0.5}}
                """
            events.append(try decoder.decode(Event.self, from: Data(text.utf8)))
        }
        #expect(try store.apply(events, upTo: store.place()))
    }
}
