import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// A running daemon is given a gallery of another embedder than the one that it started with.
    @Suite struct EmbedderChangeTests {
        private let folder: ScratchFolder
        private let material: Material

        init() throws {
            folder = try ScratchFolder()
            material = try Material.get()
        }

        private func train(_ embedder: String, to name: String) async throws -> URL {
            let gallery = folder.file(name)
            let outcome = try await visage(
                "train", Workspace.demoFaces.path, "--output", gallery.path, "--embedder", embedder)
            try #require(outcome.exitCode == 0, "\(outcome)")
            return gallery
        }

        /// Puts a copy of `new` in the place of `gallery`, as `visage train` does: whoever reads it finds one or the other.
        private func replace(_ gallery: URL, with new: URL) throws {
            let copy = folder.file("copy-\(UUID().uuidString)")
            try FileManager.default.copyItem(at: new, to: copy)
            if FileManager.default.fileExists(atPath: gallery.path) {
                try FileManager.default.moveItem(at: gallery, to: folder.file("old-\(UUID().uuidString)"))
            }
            try FileManager.default.moveItem(at: copy, to: gallery)
        }

        private func start(_ gallery: URL, _ more: [String] = []) async throws -> DaemonUnderTest {
            var options = DaemonUnderTest.Options.endless(material)
            options.pace = "realtime"
            options.gallery = gallery.path
            options.more += more
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            #expect(await eventually { obama(daemon) != nil })
            return daemon
        }

        /// The last track that was named Barack Obama.
        private func obama(_ daemon: DaemonUnderTest) -> Int? {
            daemon.collector.logged.last { $0.name == "Barack Obama" && $0.type == .identified }?.track
        }

        private func embedder(_ daemon: DaemonUnderTest) async throws -> String? {
            let status = try object(try await visage("status", "--socket", daemon.socket, "--json").output)
            let models = (status["status"] as? [String: Any])?["models"] as? [String: Any]
            return models?["embedder"] as? String
        }

        @Test func theDaemonTakesItsEmbedderAndNamesGoOn() async throws {
            let (first, second) = (try await train("facenet-128", to: "a"), try await train("sface-2021dec", to: "b"))
            let gallery = folder.file("gallery")
            try replace(gallery, with: first)
            let daemon = try await start(gallery)
            #expect(try await embedder(daemon) == "facenet-128")
            let unknown = { Set(daemon.collector.logged.compactMap(\.unknownID)) }
            #expect(await eventually { !unknown().isEmpty })

            try replace(gallery, with: second)
            #expect(await eventually { daemon.program.errors.contains("was trained with sface-2021dec") })
            let (changed, known) = (daemon.collector.logged.count, unknown())
            #expect(try await embedder(daemon) == "sface-2021dec")
            #expect(await eventually { daemon.collector.logged.dropFirst(changed).contains { $0.type == .identified } })
            #expect(obama(daemon) != nil)
            #expect(await eventually { !unknown().subtracting(known).isEmpty }, "those of before cannot be compared")

            // And back, by SIGHUP, with another path.
            var options = DaemonUnderTest.Options.endless(material)
            (options.pace, options.gallery) = ("realtime", first.path)
            try Data(options.configuration.utf8).write(to: folder.file("visaged.yaml"))
            daemon.program.signal(SIGHUP)
            #expect(await eventually { daemon.program.errors.contains("was trained with facenet-128") })
            let back = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.dropFirst(back).contains { $0.type == .identified } })

            let logged = try await daemon.stop()
            #expect(logged.filter { $0.type == .sourceUp }.count == 1, "the camera stays open")
            #expect(logged.compactMap(\.name).allSatisfy { $0 == "Barack Obama" })
            for story in Story.all(in: logged) where story.events.last?.type == .lost && story.events.count > 2 {
                #expect(story.problem == nil, "\(story.problem ?? "")")
            }
        }

        @Test func anEmbedderThatIsNotHereIsRefusedAndTheOldOneGoesOn() async throws {
            let (first, second) = (try await train("facenet-128", to: "a"), try await train("sface-2021dec", to: "b"))
            let models = folder.file("models")
            try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
            for file in ["manifest.json", "yunet-2023mar.onnx", "facenet-128.int8.onnx", "facenet-128.int8.weights"] {
                try FileManager.default.createSymbolicLink(
                    at: models.appending(path: file), withDestinationURL: Workspace.models.appending(path: file))
            }
            let gallery = folder.file("gallery")
            try replace(gallery, with: first)
            let daemon = try await start(gallery, ["models: \"\(models.path)\""])
            try replace(gallery, with: second)
            #expect(await eventually { daemon.program.errors.contains("The changed gallery is not used") })
            #expect(daemon.program.errors.contains("sface-2021dec"))
            #expect(try await embedder(daemon) == "facenet-128")
            let seen = daemon.collector.logged.count
            #expect(await eventually { daemon.collector.logged.dropFirst(seen).contains { $0.type == .identified } })

            // The model arrives, and the gallery is trained once more.
            for file in ["sface-2021dec.int8.onnx", "sface-2021dec.int8.weights"] {
                try FileManager.default.createSymbolicLink(
                    at: models.appending(path: file), withDestinationURL: Workspace.models.appending(path: file))
            }
            try replace(gallery, with: second)
            #expect(await eventually { daemon.program.errors.contains("was trained with sface-2021dec") })
            _ = try await daemon.stop(expecting: ["The changed gallery is not used"])
        }
    }
}
