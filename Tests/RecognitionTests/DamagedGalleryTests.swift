import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct DamagedGalleryTests {
    private let scratch: ScratchFolder
    private let folder: URL

    init() throws {
        scratch = try ScratchFolder()
        folder = scratch.url.appending(path: "gallery", directoryHint: .isDirectory)
        let workshop = try Workshop()
        try workshop.enrol(2)
        try GalleryFile.write(workshop.train().gallery, to: folder)
    }

    private func isRefused(_ words: String...) -> Bool {
        do {
            _ = try GalleryFile.load(folder)
            return false
        } catch {
            let text = "\(error)"
            return (error as? VisageError)?.code == .gallery && text.contains(folder.path)
                && words.allSatisfy(text.contains) && !text.contains("\n")
        }
    }

    @Test(arguments: ["embeddings.bin", "svm.model", "gallery.json"], [0.0, 0.1, 0.5, 0.99])
    func cutShort(name: String, share: Double) throws {
        let file = folder.appending(path: name)
        let whole = try Data(contentsOf: file)
        try whole.prefix(Int(Double(whole.count) * share)).write(to: file)
        #expect(isRefused(name, "train it anew"))
    }

    @Test(arguments: ["embeddings.bin", "svm.model"]) func missing(name: String) throws {
        try FileManager.default.removeItem(at: folder.appending(path: name))
        #expect(isRefused(name))
    }

    @Test(arguments: ["embeddings.bin", "svm.model"]) func oneByteFlipped(name: String) throws {
        let file = folder.appending(path: name)
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        #expect(isRefused(name))
    }

    @Test func aFormatOfTomorrow() throws {
        let file = folder.appending(path: "gallery.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("\"schema\" : 3", with: "\"schema\" : 4").write(
            to: file, atomically: true, encoding: .utf8)
        #expect(isRefused("format 4", "reads 3", "train it anew"))
    }

    @Test(arguments: [
        ("\"Person 1\"", "\"Person 2\""), ("\"threshold\" : 0.", "\"threshold\" : 0.1"),
        ("\"photos\" : 3", "\"photos\" : 4"), ("\"checksum\"", "\"sum\""),
    ]) func aDescriptionThatSaysSomethingElse(was: String, now: String) throws {
        let file = folder.appending(path: "gallery.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let changed = text.replacing(was, with: now)
        #expect(changed != text)
        try changed.write(to: file, atomically: true, encoding: .utf8)
        #expect(isRefused("gallery.json is changed", "train it anew"))
    }

    /// White space and the order of keys are no part of what it says.
    @Test func aDescriptionThatSaysTheSame() throws {
        let file = folder.appending(path: "gallery.json")
        let content = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        try JSONSerialization.data(withJSONObject: content).write(to: file)
        #expect(try GalleryFile.load(folder).people == ["Person 0", "Person 1"])
    }

    @Test func noGalleryAtAll() {
        #expect {
            _ = try GalleryFile.load(scratch.file("nowhere"))
        } throws: { error in
            (error as? VisageError)?.code == .notFound && "\(error)".contains("visage train")
        }
    }

    @Test func anotherEmbedderIsRefusedWithBothNames() throws {
        let gallery = try GalleryFile.load(folder)
        try gallery.check(Workshop.origin, path: folder.path)
        let other = EmbedderOrigin(
            id: "facenet-512", sha256: String(repeating: "b", count: 64), crop: "square",
            standardisation: "none",
            precision: "f32")
        #expect {
            try gallery.check(other, path: folder.path)
        } throws: { error in
            let text = "\(error)"
            return (error as? VisageError)?.code == .gallery && text.contains("fake")
                && text.contains("facenet-512")
                && text.contains(folder.path)
        }
        let recropped = EmbedderOrigin(
            id: "fake", sha256: Workshop.origin.sha256, crop: "aligned", standardisation: "none",
            precision: "f32")
        #expect(throws: VisageError.self) { try gallery.check(recropped, path: folder.path) }
    }
}
