import Foundation
import TestSupport

/// Other programs that want all cores, until `end` or until it is forgotten.
struct Load {
    private let programs: [Program]

    init() throws {
        programs = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in
            try Program("bash", ["-c", "while :; do :; done"])
        }
    }

    func end() { for program in programs { program.signal(SIGKILL) } }
}
