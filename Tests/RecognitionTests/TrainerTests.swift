import Foundation
import Recognition
import RecognitionTestSupport
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct TrainerTests {
    @Test func makesAGalleryOfWhoIsThere() throws {
        let workshop = try Workshop()
        try workshop.enrol(3, views: 4)
        let counts = Mutex<[Int]>([])
        let report = try workshop.train { done in counts.withLock { $0.append(done) } }
        #expect(report.gallery.people == ["Person 0", "Person 1", "Person 2"])
        #expect(report.gallery.description.people.map(\.photos) == [4, 4, 4])
        #expect(report.gallery.samples.count == 12 && workshop.embedder.count == 12)
        #expect(report.leftOut.isEmpty && report.missing.isEmpty && report.cached == 0)
        #expect(counts.withLock { $0.sorted() } == Array(1...12), "each photo counts once")
        let rule = report.gallery.description.calibration
        #expect(rule.rule.falseNames == 0.02 && rule.rule.shift == 0 && rule.strangers == nil)
        #expect(rule.leftOut == MeasuredRate(count: 0, of: 12, people: 3))
        #expect(rule.recognized == MeasuredRate(count: 12, of: 12, people: 3))
    }

    @Test func aSecondTrainingEmbedsNothing() throws {
        let workshop = try Workshop(FakeDetector([40: []]))
        try workshop.enrol(2)
        try workshop.put(40, "Person 0")
        let first = try workshop.train()
        let (embedded, detected) = (workshop.embedder.count, workshop.detector.count)
        let second = try workshop.train(earlier: first.gallery)
        #expect(workshop.embedder.count == embedded, "no photo embedded again")
        #expect(workshop.detector.count == detected, "nor the faceless one looked at again")
        #expect(second.cached == 6)
        #expect(second.leftOut.map(\.reason) == ["no face"])
        #expect(second.gallery.samples.map(\.embedding) == first.gallery.samples.map(\.embedding))
    }

    @Test func oneMorePhotoCostsOne() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let first = try workshop.train()
        try workshop.put(3, "Person 0")
        let second = try workshop.train(earlier: first.gallery)
        #expect(workshop.embedder.count == 7 && second.cached == 6)
        #expect(second.gallery.description.people.map(\.photos) == [4, 3])
    }

    @Test func renamedPhotosAreKnownByTheirContent() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let first = try workshop.train()
        try FileManager.default.moveItem(
            at: workshop.faces.appending(path: "Person 1"), to: workshop.faces.appending(path: "Alias"))
        let second = try workshop.train(earlier: first.gallery)
        #expect(second.gallery.people == ["Alias", "Person 0"] && workshop.embedder.count == 6)
        let alias = second.gallery.samples.filter { $0.person == 0 }.map(\.embedding)
        #expect(alias == first.gallery.samples.filter { $0.person == 1 }.map(\.embedding))
    }

    @Test func anotherNetworkKnowsNothing() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let gallery = try workshop.train().gallery
        let other = EmbedderOrigin(
            id: "other", sha256: String(repeating: "b", count: 64), crop: "square", standardisation: "none",
            precision: "f32")
        #expect(try workshop.train(earlier: gallery, origin: other).cached == 0)
        let finer = Gallery.DetectorOrigin(id: "fake", sha256: Workshop.detectorOrigin.sha256, input: 320)
        #expect(try workshop.train(earlier: gallery, detector: finer).cached == 0)
        let halved = EmbedderOrigin(
            id: "fake", sha256: Workshop.origin.sha256, crop: "square", standardisation: "none",
            precision: "bf16")
        #expect(try workshop.train(earlier: gallery, origin: halved).cached == 6, "precision does not matter")
    }

    @Test func aPhotoCountsOnceForAPerson() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        try workshop.put(Synthetic.photo(1), "Person 0", "again.png")
        let report = try workshop.train()
        #expect(report.gallery.description.people.map(\.photos) == [3, 3])
        #expect(report.leftOut.map(\.photo.lastPathComponent) == ["again.png"])
        #expect(report.leftOut.first?.reason.contains("same file") == true)
    }

    @Test func whatCannotBeUsedIsListedInOrder() throws {
        let workshop = try Workshop(FakeDetector([40: [], 41: [Synthetic.face(0), Synthetic.face(50)]]))
        try workshop.enrol(2)
        try workshop.put(41, "Person 0")
        try workshop.put(Data("x".utf8), "Person 0", "text.jpg")
        try workshop.put(Data(), "Person 1", "empty.jpg")
        try workshop.put(40, "Stranger")
        try FileManager.default.createSymbolicLink(
            at: workshop.faces.appending(path: "Person 1/gone.jpg"),
            withDestinationURL: URL(filePath: "/nowhere.jpg"))
        let report = try workshop.train()
        #expect(
            report.leftOut.map(\.photo.lastPathComponent) == [
                "41.png", "text.jpg", "empty.jpg", "gone.jpg", "40.png",
            ])
        let reasons = report.leftOut.map(\.reason)
        try #require(reasons.count == 5)
        #expect(reasons[0].hasPrefix("2 faces") && reasons[4] == "no face")
        #expect(reasons[1...3].allSatisfy { $0.hasPrefix("unreadable") })
        #expect(report.missing == ["Stranger"] && report.gallery.people == ["Person 0", "Person 1"])
    }

    @Test func nothingUsableIsAnError() throws {
        let workshop = try Workshop(FakeDetector([40: []]))
        try workshop.put(40, "Ann")
        try workshop.put(Data("x".utf8), "Bob", "text.jpg")
        #expect {
            _ = try workshop.train()
        } throws: { error in
            (error as? VisageError)?.code == .gallery && "\(error)".contains("2 photos")
                && "\(error)".contains("no face")
        }
    }

    @Test func theOrderOfThreadsDoesNotShow() throws {
        let workshop = try Workshop()
        try workshop.enrol(4, views: 6)
        let first = try workshop.train().gallery.samples
        for _ in 0..<5 {
            let again = try workshop.train().gallery.samples
            #expect(
                again.map(\.photo) == first.map(\.photo) && again.map(\.embedding) == first.map(\.embedding))
        }
    }
}
