// Integration runs the real programs on real input: the demonstration's photos and clip, which `make material` makes.

import Foundation
import TestSupport
import Testing

/// One after the other: each has a daemon that wants all cores.
@Suite(.serialized, .enabled(if: Demonstration.isThere, Demonstration.hint), .material)
enum IntegrationTests {}

/// What `make material` leaves in `demo`.
enum Demonstration {
    static let folder = Programs.package.appending(path: "demo", directoryHint: .isDirectory)
    static let clip = folder.appending(path: "clip.mp4").path
    static let faces = folder.appending(path: "faces", directoryHint: .isDirectory)
    static let isThere = [clip, faces.path].allSatisfy { FileManager.default.fileExists(atPath: $0) }
    static let hint: Comment = "demo/clip.mp4 or demo/faces is missing: `make material` makes them"
    static let frameRate = 30
}

/// The programs that were built with the tests.
enum Programs {
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let visaged = path("visaged")
    static let visage = path("visage")

    /// They lie beside the test bundle.
    private static func path(_ name: String) -> String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = tests.deletingLastPathComponent().appending(path: name).path
        guard !FileManager.default.isExecutableFile(atPath: beside) else { return beside }
        return package.appending(path: ".build/release/\(name)").path
    }
}

/// Runs `visage` to its end.
func visage(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.run(Programs.visage, arguments)
}

extension Trait where Self == ConditionTrait {
    /// Skipped unless `VISAGE_SOAK` is set.
    static var soak: ConditionTrait { .enabled(if: Soak.isOn, "\(Soak.hint)") }
}
