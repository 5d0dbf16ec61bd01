// Integration runs the real programs on real input: the demonstration's photos and clip, which `make material` makes.

import CLinux
import Foundation
import TestSupport
import Testing

// Each test belongs to one of three suites, which the Makefile's targets run: see the comment there.

/// Tests that every change has to pass, one of each kind. They run one after the other: each has a daemon that wants all
/// cores.
@Suite(.serialized, .needsMaterial, .material) enum IntegrationTests {}

/// Every case of what takes long: cameras on a network and their faults, booted machines, all methods. `make test-system`.
@Suite(.serialized, .system, .needsMaterial, .material) enum SystemTests {}

/// What shows only after a while, such as memory that grows. `make soak`.
@Suite(.serialized, .soak, .needsMaterial, .material) enum SoakTests {}

/// The programs that were built with the tests.
enum Programs {
    static let visaged = path("visaged")
    static let visage = path("visage")
    static let visageWeb = path("visage-web")
    static let visagedHanging = path("visaged-hanging")

    /// They lie beside the test bundle.
    static func path(_ name: String) -> String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = tests.deletingLastPathComponent().appending(path: name).path
        guard !FileManager.default.isExecutableFile(atPath: beside) else { return beside }
        return Workspace.folder.appending(path: ".build/release/\(name)").path
    }
}

/// What walls a capture process can have depends on the kernel.
enum Landlock {
    static let isThere = visage_landlock_version() > 0
}

/// Runs `visage` to its end.
func visage(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.run(Programs.visage, arguments)
}

extension Trait where Self == ConditionTrait {
    /// Skipped unless `VISAGE_SYSTEM` is set.
    static var system: ConditionTrait {
        .enabled(
            if: ProcessInfo.processInfo.environment["VISAGE_SYSTEM"] != nil,
            "VISAGE_SYSTEM is not set: `make test-system` runs these tests")
    }

    /// Skipped unless `VISAGE_SOAK` is set.
    static var soak: ConditionTrait { .enabled(if: Soak.isOn, "\(Soak.hint)") }

    /// Skipped unless models, photos and clip are here.
    static var needsMaterial: ConditionTrait {
        .enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)")
    }
}
