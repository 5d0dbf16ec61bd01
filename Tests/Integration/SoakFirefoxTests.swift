import Foundation
import TestSupport
import Testing

extension SoakTests {
    /// The page in Firefox; the system tests look at it in Chromium. Three minutes.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak"),
        .enabled(
            if: access("/usr/bin/firefox-esr", X_OK) == 0, "firefox-esr is not installed; `make firefox` installs it"))
    struct SoakFirefoxTests {
        @Test func firefoxShowsEveryPage() async throws {
            let folder = try ScratchFolder()
            let material = try await WebMaterial.make(in: folder)
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let server = try await WebServerUnderTest.start(folder.file("visaged.yaml"))
            let outcome = try await WebMaterial.look(at: server, with: "web_firefox.py")
            print(outcome.output)
            #expect(outcome.exitCode == 0, "\(outcome)")
            try await server.stop()
            _ = try await daemon.stop()
        }
    }
}
