// Integration runs the real programs on real input: the demonstration's photos and clip, which `make material` makes.

import Foundation
import TestSupport
import Testing

/// One after the other: each has a daemon that wants all cores.
@Suite(
    .serialized, .enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)"),
    .material)
enum IntegrationTests {}

/// The programs that were built with the tests.
enum Programs {
    static let visaged = path("visaged")
    static let visage = path("visage")
    static let visagedHanging = path("visaged-hanging")

    /// They lie beside the test bundle.
    private static func path(_ name: String) -> String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = tests.deletingLastPathComponent().appending(path: name).path
        guard !FileManager.default.isExecutableFile(atPath: beside) else { return beside }
        return Workspace.folder.appending(path: ".build/release/\(name)").path
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
