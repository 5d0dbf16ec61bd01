import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// Galleries, models and configurations that cannot be used.
    @Suite struct BadSetupRuns {
        private let material: Material

        init() throws { material = try Material.get() }

        @Test(arguments: galleries + models)
        func isRefused(_ run: BadRun) async throws { try await run.check(material) }

        @Test(arguments: configurations)
        func isRefusedWithItsPlace(_ run: BadRun) async throws { try await run.check(material) }

        private static let galleries = [
            BadRun(
                "a gallery of other weights", says: "facenet-128+sface (00000000", "was made with",
                "train it anew"
            ) {
                let folder = try copyGallery(for: &$0, in: $1, "gallery.json").deletingLastPathComponent()
                var gallery = try GalleryFile.load(folder)
                let own = gallery.description.embedder
                gallery.description.embedder = EmbedderOrigin(
                    id: own.id, sha256: String(repeating: "0", count: 64), crop: own.crop,
                    standardisation: own.standardisation, precision: own.precision)
                try GalleryFile.write(gallery, to: folder)
            },
            BadRun("a gallery with another name in it", says: "is damaged: gallery.json is changed", "train it anew") {
                try change(try copyGallery(for: &$0, in: $1, "gallery.json")) {
                    $0 = Data(String(decoding: $0, as: UTF8.self).replacing("Joe Biden", with: "Jane Doe").utf8)
                }
            },
            BadRun(
                "a gallery whose embeddings are cut short", says: "is damaged: embeddings.bin",
                "train it anew"
            ) {
                try change(try copyGallery(for: &$0, in: $1, "embeddings.bin")) { $0.removeLast(100) }
            },
            BadRun("a gallery whose SVM is cut short", says: "is damaged: svm.model", "train it anew") {
                try change(try copyGallery(for: &$0, in: $1, "svm.model")) { $0.removeLast() }
            },
            BadRun("a gallery whose description is cut short", says: "is damaged: gallery.json") {
                try change(try copyGallery(for: &$0, in: $1, "gallery.json")) { $0.removeLast(10) }
            },
            BadRun("a gallery without its embeddings", says: "is damaged: embeddings.bin is missing") {
                try FileManager.default.removeItem(at: copyGallery(for: &$0, in: $1, "embeddings.bin"))
            },
        ]

        private static let models = [
            BadRun(
                "a model with one flipped byte", says: "Model yunet-2023mar is damaged", "visage models fetch"
            ) {
                try change(try copyModels(for: &$0, in: $1, "yunet-2023mar.onnx")) { $0[$0.count / 2] ^= 1 }
            },
            BadRun("a missing model", says: "Model facenet-128 is not here", "visage models fetch") {
                try FileManager.default.removeItem(at: copyModels(for: &$0, in: $1, "facenet-128.int8.onnx"))
            },
            BadRun("no models", says: "manifest.json cannot be read") {
                $0.more.append("models: \($1.path)")
            },
        ]

        private static let configurations = [
            BadRun(
                line: "color: red", says: "visaged.yaml, line 9: unknown key `color`; the keys here are"),
            BadRun(line: "tracking: {lost_afer: 1}", says: "line 9: unknown key `tracking.lost_afer`"),
            BadRun(line: "state: elsewhere", says: "visaged.yaml, line 9: `state` is there twice"),
            BadRun(line: "tracking: [", says: "visaged.yaml, line 10: not YAML: did not find"),
            BadRun(
                line: "tracking: {lost_after: soon}", says: "line 9: `tracking.lost_after` should be a number"
            ),
            BadRun(
                line: "tracking: {lost_after: 0}", says: "line 9: `tracking.lost_after` should be between"),
            BadRun("a pace that there is none of", 78, says: "line 7: `cameras.0.pace`") { options, _ in
                options.pace = "slow"
            },
            BadRun("a long path of the event socket", 78, says: "bytes", "choose a shorter one") {
                options, _ in
                options.socket = String(repeating: "long/", count: 25) + "events.sock"
            },
            BadRun("a long path of a frame socket", 78, says: "demo.frames.sock", "shorter") { options, _ in
                options.frames = String(repeating: "long/", count: 20)
            },
            // Tests may run as root, whom no permission stops: a file stands where a folder is needed.
            BadRun("an unwritable recording folder", says: "The recording folder", "cannot be written") {
                options, _ in
                options.recordings = "visaged.yaml/recordings"
            },
            BadRun("an unwritable state folder", says: "The state folder", "cannot be made") { options, _ in
                options.state = "visaged.yaml/state"
            },
        ]
    }
}

/// A copy of the material's gallery for the daemon to use.
/// - Returns: a file of it.
private func copyGallery(for options: inout DaemonUnderTest.Options, in home: URL, _ file: String) throws
    -> URL
{
    let copy = home.appending(path: "gallery", directoryHint: .isDirectory)
    try FileManager.default.copyItem(at: URL(filePath: options.gallery), to: copy)
    options.gallery = copy.path
    return copy.appending(path: file)
}

/// A folder of models for the daemon to use: links, and a copy of the one file.
/// - Returns: that file.
func copyModels(for options: inout DaemonUnderTest.Options, in home: URL, _ file: String) throws -> URL {
    let models = Workspace.models
    let folder = home.appending(path: "models", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    for name in try FileManager.default.contentsOfDirectory(atPath: models.path) where name != file {
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: name), withDestinationURL: models.appending(path: name))
    }
    try FileManager.default.copyItem(
        at: models.appending(path: file).resolvingSymlinksInPath(), to: folder.appending(path: file))
    options.more.append("models: \(folder.path)")
    return folder.appending(path: file)
}
