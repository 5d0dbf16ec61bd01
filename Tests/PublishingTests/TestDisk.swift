import Foundation
import TestSupport
import VisageCore

/// A file system in a file, on a loop device, that can be made to fail.
final class TestDisk: Sendable {
    let folder: String
    private let image: String
    private let scratch: ScratchFolder

    /// Why there is none; nil if there is.
    static let problem: String? = {
        if geteuid() != 0 { return "only root can mount a disk" }
        if access("/dev/loop-control", R_OK) != 0 { return "there are no loop devices" }
        return access("/sbin/mkfs.ext4", X_OK) == 0 ? nil : "mkfs.ext4 is not installed"
    }()

    init() async throws {
        scratch = try ScratchFolder()
        folder = scratch.path("disk")
        image = scratch.path("image")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await run("truncate", "-s", "16M", image)
        try await run("/sbin/mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image)
        try await run("/sbin/tune2fs", "-j", image)
        try await run("mount", "-o", "loop", image, folder)
    }

    deinit {
        // Lazily: a test that failed may have files open.
        let process = Process()
        process.executableURL = URL(filePath: "/bin/umount")
        process.arguments = ["-l", folder]
        try? process.run()
        process.waitUntilExit()
    }

    /// As ext4 does after an error of the disk: read-only from one moment to the next, whoever is writing.
    func fail() async throws { try await run("mount", "-o", "remount,abort", folder) }

    /// What an administrator does.
    func repair() async throws {
        try await run("umount", "-l", folder)
        _ = try await Program.run("/sbin/e2fsck", ["-fy", image])
        try await run("mount", "-o", "loop", image, folder)
    }

    /// - Returns: the file that takes all the room
    func fill() async throws -> String {
        let ballast = folder + "/ballast"
        _ = try await Program.run("dd", ["if=/dev/zero", "of=\(ballast)", "bs=4k"])
        return ballast
    }

    /// Overwrites a file's contents in place.
    func damage(_ file: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data(repeating: 0x5A, count: Int(size)))
        try handle.close()
    }

    private func run(_ words: String...) async throws {
        let outcome = try await Program.run(words[0], Array(words.dropFirst()))
        guard outcome.exitCode == 0 else { throw VisageError(.engine, "\(words): \(outcome)") }
    }
}
