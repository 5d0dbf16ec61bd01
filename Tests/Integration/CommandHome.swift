import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

/// Photos, a gallery and the state of a daemon that has run, for tests that cut commands short.
struct CommandHome {
    /// What is on a disk.
    struct Content {
        let disk: URL

        func gallery(_ name: String) throws -> Gallery { try GalleryFile.load(disk.appending(path: name)) }

        func files(under name: String) -> [URL] {
            let found = FileManager.default.enumerator(
                at: disk.appending(path: name), includingPropertiesForKeys: [.isRegularFileKey])
            return (found?.compactMap { $0 as? URL } ?? []).filter {
                (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true
            }
        }

        /// Files that have the text in their path or in their content.
        func files(with text: String) -> [String] {
            files(under: ".").filter { file in
                file.path.contains(text) || (try? Data(contentsOf: file))?.range(of: Data(text.utf8)) != nil
            }.map(\.path)
        }
    }

    let folder: ScratchFolder
    /// Where all commands find their files.
    let disk: URL
    /// What is on the disk before a command.
    let seed: URL
    /// Of unknown people.
    let ids: [String]
    var config: String { folder.file("visaged.yaml").path }

    init() async throws {
        folder = try ScratchFolder()
        (disk, seed) = (folder.file("disk"), folder.file("seed"))
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        let faces = disk.appending(path: "faces")
        try FileManager.default.copyItem(at: Workspace.demoFaces, to: faces)
        var options = DaemonUnderTest.Options(try Material.get())
        options.gallery = disk.appending(path: "gallery").path
        options.state = disk.appending(path: "state").path
        let training = try await visage("train", faces.path, "--output", options.gallery)
        try #require(training.exitCode == 0, "\(training)")
        let events = try await DaemonUnderTest.run(options, in: folder)
        ids = Set(events.compactMap(\.unknownID)).sorted()
        try #require(!ids.isEmpty)
        // In the photos and not in the gallery.
        let ada = faces.appending(path: "Ada")
        try FileManager.default.createDirectory(at: ada, withIntermediateDirectories: true)
        let id = disk.appending(path: "state/unknown/\(ids[0])")
        for view in try FileManager.default.contentsOfDirectory(at: id, includingPropertiesForKeys: nil)
        where view.pathExtension == "jpg" {
            try FileManager.default.copyItem(at: view, to: ada.appending(path: view.lastPathComponent))
        }
        let copy = try await Program.run("cp", ["-a", disk.path, seed.path])
        try #require(copy.exitCode == 0, "\(copy)")
    }

    /// Puts the disk back to what it was.
    func restore() async throws {
        try? FileManager.default.removeItem(at: disk)
        let copy = try await Program.run("cp", ["-a", seed.path, disk.path])
        try #require(copy.exitCode == 0, "\(copy)")
    }
}
