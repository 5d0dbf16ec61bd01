import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// The power goes the moment a command has said that it is done. The commands work on ext4 on a loop device; its file
    /// is copied as it is then, which is what a disk would hold, and mounted again. Nothing but what was synced is in it:
    /// the file system would write by itself only after ten minutes.
    @Suite(.enabled(if: geteuid() == 0, "only root can mount")) struct PowerCutTests {
        private let home: CommandHome

        init() async throws { home = try await CommandHome() }

        /// Mounts for this process and those it starts alone.
        private static let script = """
            set -e
            image=$1 seed=$2 disk=$3 after=$4
            shift 4
            truncate -s 128M "$image"
            mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$image"
            mount -o loop,commit=600 "$image" "$disk"
            cp -a "$seed/." "$disk/"
            sync -f "$disk"
            "$@"
            cp "$image" "$image.cut"
            umount "$disk"
            mount -o loop "$image.cut" "$disk"
            cp -a "$disk/." "$after/"
            umount "$disk"
            rm "$image" "$image.cut"
            """

        /// Runs a command and cuts the power after it.
        /// - Returns: what is on the disk then.
        private func cut(_ command: [String]) async throws -> CommandHome.Content {
            let after = home.folder.file("after")
            try? FileManager.default.removeItem(at: after)
            try FileManager.default.createDirectory(at: after, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(at: home.disk)
            try FileManager.default.createDirectory(at: home.disk, withIntermediateDirectories: true)
            let words = ["-m", "bash", "-c", Self.script, "bash"]
            let paths = [home.folder.file("image").path, home.seed.path, home.disk.path, after.path]
            let outcome = try await Program.run("unshare", words + paths + [Programs.visage] + command)
            try #require(outcome.exitCode == 0, "\(outcome)")
            return CommandHome.Content(disk: after)
        }

        @Test(arguments: 1...3) func whatWasTrainedStays(cut number: Int) async throws {
            let place = home.disk.appending(path: number == 1 ? "gallery" : "new/folder/gallery\(number)").path
            let content = try await cut(["train", home.disk.appending(path: "faces").path, "--output", place])
            let gallery = try content.gallery(number == 1 ? "gallery" : "new/folder/gallery\(number)")
            #expect(gallery.people == ["Ada", "Barack Obama", "Joe Biden"], "the seed's gallery does not know Ada")
            #expect(gallery.svm != nil)
        }

        @Test(arguments: 1...3) func whatWasLabeledStays(cut number: Int) async throws {
            let id = home.ids[number % home.ids.count]
            let content = try await cut(["label", id, "Ann \(number)", "--config", home.config])
            #expect(try content.gallery("gallery").people.contains("Ann \(number)"))
            #expect(!content.files(under: "faces/Ann \(number)").isEmpty)
            for file in content.files(under: "faces/Ann \(number)") { #expect(try Data(contentsOf: file).count > 100) }
            #expect(content.files(under: "state/unknown/\(id)").isEmpty)
        }

        @Test(arguments: 1...3) func whatWasForgottenStaysForgotten(cut number: Int) async throws {
            if number == 1 {
                let content = try await cut(["forget", home.ids[0], "--yes", "--config", home.config])
                return #expect(content.files(under: "state/unknown/\(home.ids[0])").isEmpty)
            }
            let name = number == 2 ? "Joe Biden" : "Barack Obama"
            let content = try await cut(["forget", name, "--yes", "--events", "--config", home.config])
            #expect(try !content.gallery("gallery").people.contains(name))
            #expect(content.files(with: name).isEmpty, "\(content.files(with: name))")
        }
    }
}
