import Foundation
import Recognition
import RecognitionTestSupport
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct GalleryFileTests {
    private let scratch: ScratchFolder
    private let folder: URL

    init() throws {
        scratch = try ScratchFolder()
        folder = scratch.url.appending(path: "gallery", directoryHint: .isDirectory)
    }

    private func gallery(_ people: Int, views: Int = 3) throws -> Gallery {
        let workshop = try Workshop()
        try workshop.enrol(people, views: views)
        return try workshop.train().gallery
    }

    private func mode(_ url: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    private func content(_ url: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    }

    @Test func whatIsWrittenIsRead() throws {
        let gallery = try gallery(3)
        try GalleryFile.write(gallery, to: folder)
        let read = try GalleryFile.load(folder)
        #expect(read.people == gallery.people)
        #expect(read.samples.map(\.photo) == gallery.samples.map(\.photo))
        #expect(read.samples.map(\.person) == gallery.samples.map(\.person))
        for (one, other) in zip(read.samples, gallery.samples) {
            #expect(one.embedding.similarity(other.embedding) > 0.999_999)
            #expect(abs(one.quality - other.quality) < 1e-6)
        }
        #expect(read.threshold == gallery.threshold && read.svm != nil)
        #expect(
            read.description.embedder == Workshop.origin
                && read.description.detector == Workshop.detectorOrigin)
    }

    @Test func aGalleryOfOnePersonHasNoSVM() throws {
        try GalleryFile.write(gallery(1), to: folder)
        #expect(try content(folder) == ["embeddings.bin", "gallery.json"])
        let read = try GalleryFile.load(folder)
        #expect(read.svm == nil)
        let classifier = try GalleryClassifier(read)
        let own = classifier.classify(photo: Synthetic.view(0, 7))
        #expect(
            own?.name == "Person 0" && own?.accepted == true && own?.probability == nil && own?.margin == nil)
        #expect(classifier.classify(photo: Synthetic.view(5, 0))?.accepted == false)
    }

    /// Biometric data is nobody else's.
    @Test func onlyTheOwnerMayRead() throws {
        try GalleryFile.write(gallery(2), to: folder)
        #expect(try mode(folder) == 0o700)
        #expect(try content(folder) == ["embeddings.bin", "gallery.json", "svm.model"])
        for name in try content(folder) { #expect(try mode(folder.appending(path: name)) == 0o600) }
    }

    @Test func aNewGalleryTakesTheOldOnesPlaceWhole() throws {
        try GalleryFile.write(gallery(2), to: folder)
        try GalleryFile.write(gallery(1), to: folder)
        #expect(try GalleryFile.load(folder).people == ["Person 0"])
        #expect(try content(folder) == ["embeddings.bin", "gallery.json"], "nothing of the old one is left")
        #expect(try content(scratch.url) == ["gallery"], "nor beside it")
    }

    /// A process that was killed while it wrote leaves embeddings behind; who still writes is left alone.
    @Test func whatTheKilledHaveLeftGoes() throws {
        let ended = Process()
        ended.executableURL = URL(filePath: "/bin/true")
        try ended.run()
        ended.waitUntilExit()
        let (dead, own) = (".gallery.new-\(ended.processIdentifier)", ".gallery.new-\(getpid())")
        let kept = [".gallery.new-1", ".gallery.new-x", ".other.new-\(ended.processIdentifier)"]
        for name in kept + [dead, own] {
            try FileManager.default.createDirectory(at: scratch.file(name), withIntermediateDirectories: false)
            try Data("embeddings".utf8).write(to: scratch.file(name).appending(path: "embeddings.bin"))
        }
        try GalleryFile.write(gallery(1), to: folder)
        #expect(try content(scratch.url) == kept + ["gallery"])
    }

    @Test func theOldGalleryStaysWhenWritingFails() throws {
        let whole = try gallery(2)
        try GalleryFile.write(whole, to: folder)
        // An SVM of one person cannot be trained: it fails half-way.
        var broken = whole
        broken.samples.removeAll { $0.person == 1 }
        #expect(throws: VisageError.self) { try GalleryFile.write(broken, to: folder) }
        #expect(try GalleryFile.load(folder).samples.count == whole.samples.count)
        #expect(try content(scratch.url) == ["gallery"])
    }

    @Test func whereNothingCanBeMadeTheErrorSaysSo() throws {
        let gallery = try gallery(1)
        try Data().write(to: scratch.file("file"))
        for url in [scratch.file("file/gallery"), scratch.file(String(repeating: "n", count: 250))] {
            #expect { try GalleryFile.write(gallery, to: url) } throws: {
                ($0 as? VisageError)?.code == .unwritable
            }
        }
        #expect(try content(scratch.url) == ["file"])
    }

    @Test func onlyGalleriesAndEmptyFoldersAreReplaced() throws {
        let precious = scratch.url.appending(path: "photos", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: precious, withIntermediateDirectories: true)
        try GalleryFile.checkOutput(precious)
        try GalleryFile.checkOutput(folder)
        try Data("dear".utf8).write(to: precious.appending(path: "wedding.jpg"))
        #expect {
            try GalleryFile.write(gallery(1), to: precious)
        } throws: { ($0 as? VisageError)?.code == .unwritable && "\($0)".contains(precious.path) }
        #expect(try content(precious) == ["wedding.jpg"])
        #expect(throws: VisageError.self) {
            try GalleryFile.checkOutput(precious.appending(path: "wedding.jpg"))
        }
        try GalleryFile.write(gallery(1), to: folder)
        try GalleryFile.checkOutput(folder)
    }

    @Test func whoReadsWhileItIsReplacedSeesOneOrTheOther() throws {
        let galleries = [try gallery(1), try gallery(2), try gallery(3)]
        try GalleryFile.write(galleries[0], to: folder)
        let isDone = Atomic(false)
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            if thread == 0 {
                for round in 1..<60 { try? GalleryFile.write(galleries[round % 3], to: folder) }
                isDone.store(true, ordering: .relaxed)
                return
            }
            while !isDone.load(ordering: .relaxed) {
                do {
                    let read = try GalleryFile.load(folder)
                    if read.samples.count != 3 * read.people.count {
                        failures.withLock { $0.append("mixed") }
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
    }
}
