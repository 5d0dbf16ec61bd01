import Events
import Foundation
import Inference
import Recognition
import Storage
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// Galleries of somebody who may write to its folder, put in place while a daemon runs: it goes on with the one that it
    /// has, and says so.
    @Suite struct HostileGalleryTests {
        private static let files = (description: "gallery.json", embeddings: "embeddings.bin", model: "svm.model")
        private let folder: ScratchFolder
        private let material: Material
        private var gallery: URL { folder.file("gallery") }

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
            try FileManager.default.copyItem(atPath: material.gallery, toPath: gallery.path)
        }

        /// Writes a file of the gallery, and checksums that fit.
        private func write(_ data: Data, _ name: String, in place: URL) throws {
            let file = place.appending(path: Self.files.description)
            var description = try JSONDecoder().decode(Gallery.Description.self, from: Data(contentsOf: file))
            try data.write(to: place.appending(path: name))
            description.files[name] = FileDigest.sha256(of: data)
            description.checksum = try description.digest
            try JSONEncoder().encode(description).write(to: file)
        }

        /// By name, what is done to a copy of the gallery.
        private var attacks: [(String, (URL) throws -> Void)] {
            [
                (
                    "a model without labels",
                    { place in
                        let model = try String(contentsOf: place.appending(path: Self.files.model), encoding: .utf8)
                        let lines = model.split(separator: "\n").filter { !$0.hasPrefix("label") }
                        try write(Data((lines.joined(separator: "\n") + "\n").utf8), Self.files.model, in: place)
                    }
                ),
                (
                    "embeddings that are no numbers",
                    { place in
                        let size = try Data(contentsOf: place.appending(path: Self.files.embeddings)).count
                        try write(Data(repeating: 0xFF, count: size), Self.files.embeddings, in: place)
                    }
                ),
                (
                    "a description of a terabyte",
                    { place in
                        let result = truncate(place.appending(path: Self.files.description).path, 1 << 40)
                        try #require(result == 0)
                    }
                ),
                (
                    "a pipe that nobody writes into",
                    { place in
                        let file = place.appending(path: Self.files.description).path
                        try #require(unlink(file) == 0 && mkfifo(file, 0o600) == 0)
                    }
                ),
                (
                    "a device that never ends",
                    { place in
                        let file = place.appending(path: Self.files.description)
                        try FileManager.default.removeItem(at: file)
                        try FileManager.default.createSymbolicLink(
                            at: file, withDestinationURL: URL(filePath: "/dev/zero"))
                    }
                ),
                (
                    "a description that is nested without end",
                    { place in
                        try Data(repeating: UInt8(ascii: "["), count: 1 << 20).write(
                            to: place.appending(path: Self.files.description))
                    }
                ),
            ]
        }

        /// As `visage train` does: whoever reads it finds one or the other.
        private func replace(with copy: URL) throws {
            try FileManager.default.moveItem(at: gallery, to: folder.file("old-\(UUID().uuidString)"))
            try FileManager.default.moveItem(at: copy, to: gallery)
        }

        @Test func theOneBeforeStaysInForce() async throws {
            var options = DaemonUnderTest.Options.endless(material)
            options.gallery = gallery.path
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            func isKnown() async -> Bool {
                let count = daemon.collector.logged.count
                return await eventually {
                    daemon.program.hasEnded
                        || daemon.collector.logged.dropFirst(count).contains { $0.name == "Barack Obama" }
                }
            }
            #expect(await isKnown())
            for (number, (name, attack)) in attacks.enumerated() {
                let copy = folder.file("copy")
                try FileManager.default.copyItem(atPath: material.gallery, toPath: copy.path)
                try attack(copy)
                try replace(with: copy)
                #expect(
                    await eventually {
                        daemon.program.errors.components(separatedBy: "the one before stays in force").count > number
                            + 1
                            || daemon.program.hasEnded
                    }, "\(name)")
                #expect(await isKnown(), "\(name)")
                try #require(!daemon.program.hasEnded, "\(name): \(daemon.program.errors.suffix(2_000))")
            }
            // A good one is taken again.
            let copy = folder.file("copy")
            try FileManager.default.copyItem(atPath: material.gallery, toPath: copy.path)
            let taken = daemon.program.errors.components(separatedBy: "Gallery \(gallery.path): 2 people").count
            try replace(with: copy)
            #expect(
                await eventually {
                    daemon.program.errors.components(separatedBy: "Gallery \(gallery.path): 2 people").count > taken
                })
            #expect(CaptureProcesses(daemon: daemon.program.pid).totalMB < 900)
            _ = try await daemon.stop(expecting: ["the one before stays in force"])
        }
    }
}
