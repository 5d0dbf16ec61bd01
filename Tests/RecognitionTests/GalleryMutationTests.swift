import Foundation
import Inference
import Recognition
import RecognitionTestSupport
import Storage
import TestSupport
import Testing
import VisageCore

/// Galleries of an attacker, who knows the format and gets every checksum right. Each is loaded or refused with an error;
/// those that are loaded give answers.
@Suite struct GalleryMutationTests {
    private let scratch: ScratchFolder
    private let folder: URL
    private let parts: [String: Data]

    init() throws {
        scratch = try ScratchFolder()
        folder = scratch.url.appending(path: "gallery", directoryHint: .isDirectory)
        let workshop = try Workshop()
        try workshop.enrol(3, views: 2)
        try GalleryFile.write(workshop.train().gallery, to: folder)
        var parts: [String: Data] = [:]
        for name in ["embeddings.bin", "gallery.json", "svm.model"] {
            parts[name] = try Data(contentsOf: folder.appending(path: name))
        }
        self.parts = parts
    }

    /// Writes the gallery with these parts and checksums that fit.
    private func write(_ changed: [String: Data]) throws {
        let parts = parts.merging(changed) { _, new in new }
        for (name, data) in parts { try data.write(to: folder.appending(path: name)) }
        guard let json = parts["gallery.json"],
            var description = try? JSONDecoder().decode(Gallery.Description.self, from: json)
        else { return }
        for name in description.files.keys {
            if let data = parts[name] { description.files[name] = FileDigest.sha256(of: data) }
        }
        description.checksum = try description.digest
        try JSONEncoder().encode(description).write(to: folder.appending(path: "gallery.json"))
    }

    /// - Returns: whether it can be used.
    private func isUsable() throws -> Bool {
        do {
            let classifier = try GalleryClassifier(GalleryFile.load(folder))
            for person in 0..<4 {
                let view = Synthetic.view(person, 7)
                _ = (classifier.classify(view), classifier.classify(photo: view))
            }
            return true
        } catch let error as VisageError {
            #expect(error.code == .gallery && !"\(error)".contains("\n"))
            return false
        }
    }

    @Test func mutatedModels() throws {
        var random = SeededRandom(13)
        let text = String(decoding: try #require(parts["svm.model"]), as: UTF8.self)
        var used = 0
        for _ in 0..<1500 {
            try write(["svm.model": Data(Mutation.text(text, &random).utf8)])
            if try isUsable() { used += 1 }
        }
        // Of numbers that were changed within what is possible, nobody can tell.
        #expect(used > 0 && used < 1000)
    }

    @Test func mutatedEmbeddings() throws {
        var random = SeededRandom(14)
        let whole = try #require(parts["embeddings.bin"])
        var used = 0
        for _ in 0..<1000 {
            try write(["embeddings.bin": Mutation.bytes(whole, &random)])
            if try isUsable() { used += 1 }
        }
        #expect(used > 0 && used < 1000)
    }

    @Test func mutatedDescriptions() throws {
        var random = SeededRandom(15)
        let whole = try #require(parts["gallery.json"])
        var used = 0
        for _ in 0..<1500 {
            try write(["gallery.json": Mutation.json(whole, &random)])
            if try isUsable() { used += 1 }
        }
        #expect(used > 0 && used < 1500)
    }

    @Test(arguments: [
        ("label 0 1 2", "label 0 0 2"), ("label 0 1 2", "label 0 1 3"), ("label 0 1 2", "label 0 1"),
        ("label 0 1 2\n", ""), ("nr_class 3", "nr_class 4"), ("nr_class 3", "nr_class 1000000000"),
        ("total_sv 6", "total_sv 5"), ("total_sv 6", "total_sv 2147483647"), ("nr_sv 2 2 2", "nr_sv 2 2 3"),
        ("nr_sv 2 2 2", "nr_sv 2 -2 6"), ("svm_type c_svc", "svm_type nu_svr"),
        ("kernel_type linear", "kernel_type precomputed"), (" 128:", " 129:"), (" 2:", " 0:"), (" 2:", " 1:"),
        ("rho ", "rho nan "), ("rho ", "rho 1e999 "), ("probA", "probB"), ("SV\n", ""), ("SV\n", "SV\n\n"),
    ]) func modelsThatContradictThemselves(was: String, now: String) throws {
        let text = String(decoding: try #require(parts["svm.model"]), as: UTF8.self)
        let range = try #require(text.range(of: was), "\(text.prefix(300))")
        try write(["svm.model": Data(text.replacingCharacters(in: range, with: now).utf8)])
        #expect {
            _ = try GalleryFile.load(folder)
        } throws: { "\($0)".contains("svm.model is not a model of these people") }
    }

    @Test func mutatedHeads() throws {
        var random = SeededRandom(16)
        let figures =
            "{\"people\":9,\"photos\":9,\"mates\":9,\"impostors\":9,\"accuracy\":1,\"tar_at_0.01\":1,\"tar_at_0.001\":1}"
        let origin = String(decoding: try JSONEncoder().encode(Workshop.origin), as: UTF8.self)
        let curve = String(decoding: try JSONEncoder().encode(Synthetic.curve), as: UTF8.self)
        let weights = Data((0..<6).flatMap { number in withUnsafeBytes(of: Float(number).bitPattern) { Array($0) } })
        let text =
            "{\"schema\":1,\"embedder\":\(origin),\"inputs\":3,\"outputs\":2,\"people\":9,\"photos\":9,\"before\":\(figures),"
            + "\"after\":\(figures),\"impostors\":\(curve),\"weights\":\"\(weights.base64EncodedString())\"}"
        let file = scratch.file("head.json")
        var used = 0
        for round in 0..<1000 {
            try (round == 0 ? Data(text.utf8) : Mutation.json(Data(text.utf8), &random)).write(to: file)
            do {
                let head = try HeadFile.load(file)
                used += 1
                _ = try head.head(path: "x").apply(#require(Embedding(normalizing: [1, 2, 3])))
                guard head.impostors.count >= 2 else { continue }
                let rule = try StrangerRule(falseNames: 0.01, comparisons: 3, curve: head.impostors)
                #expect(rule.threshold.isFinite && rule.trackThreshold.isFinite)
            } catch {
                #expect(round > 0 && (error as? VisageError)?.code == .gallery, "\(error)")
            }
        }
        #expect(used > 0 && used < 1000)
    }
}
