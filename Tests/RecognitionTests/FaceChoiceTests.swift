import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

/// Photos with several faces: the one that the person's other photos agree on.
@Suite struct FaceChoiceTests {
    /// Left, and right of it; not one above the other in size.
    private static let pair = [Synthetic.face(2, 20, size: 40), Synthetic.face(52, 20, size: 38)]

    /// Embeds by the place of the face: left and right are the people that it is told for a photo's code.
    private final class PlaceEmbedder: FaceEmbedder {
        let people: [Int: (left: Int, right: Int)]
        init(_ people: [Int: (left: Int, right: Int)]) { self.people = people }

        func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
            let code = Synthetic.code(of: image)
            let person = people[code].map { face.box.x < 40 ? $0.left : $0.right } ?? code / 8
            return FaceSample(
                embedding: Synthetic.view(person, code % 8), quality: Synthetic.quality(0.8))
        }
    }

    private func train(
        _ workshop: Workshop, _ people: [Int: (left: Int, right: Int)], earlier: Gallery? = nil
    ) throws -> Trainer.Report {
        let detector = FakeDetector(people.mapValues { _ in Self.pair })
        let reader = PhotoReader(
            detector: detector, coarse: detector, embedder: PlaceEmbedder(people), minimumScore: 0.6)
        return try Trainer(
            reader: reader, embedder: Workshop.origin, detector: Workshop.detectorOrigin,
            curve: Synthetic.curve,
            concurrency: 2
        ).train(FacesFolder(workshop.faces), earlier: earlier, options: .init(), progress: { _ in })
    }

    @Test func theOtherPhotosSayWhoIsMeant() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        // Person 0 stands to the right of somebody, and then of Person 1.
        try workshop.put(32, "Person 0")
        try workshop.put(33, "Person 0")
        let report = try train(workshop, [32: (left: 9, right: 0), 33: (left: 1, right: 0)])
        #expect(report.gallery.description.people.map(\.photos) == [5, 3] && report.leftOut.isEmpty)
        #expect(report.choices.map(\.photo.lastPathComponent).sorted() == ["32.png", "33.png"])
        let choice = try #require(report.choices.first { $0.photo.lastPathComponent == "32.png" })
        #expect(choice.person == "Person 0" && choice.faces == 2 && choice.box.x == 52)
        #expect(choice.similarity > 0.7 && choice.next < 0.4)
        #expect(report.gallery.description.choices?.count == 2)
    }

    @Test func twoPhotosWithSeveralFacesAgreeOnOne() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        try workshop.put(32, "Zoe")
        try workshop.put(33, "Zoe")
        let report = try train(workshop, [32: (left: 5, right: 9), 33: (left: 7, right: 5)])
        #expect(report.gallery.people == ["Person 0", "Zoe"])
        #expect(report.choices.map(\.box.x).sorted() == [2, 52])
    }

    @Test func whatStaysAmbiguousIsLeftOut() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        // Nobody in it is Person 0; and one photo alone cannot say who is meant.
        try workshop.put(32, "Person 0")
        try workshop.put(33, "Zoe")
        let report = try train(workshop, [32: (left: 5, right: 9), 33: (left: 7, right: 5)])
        #expect(report.choices.isEmpty && report.missing == ["Zoe"])
        #expect(report.leftOut.map(\.photo.lastPathComponent) == ["32.png", "33.png"])
        #expect(report.leftOut.allSatisfy { $0.reason.hasPrefix("2 faces") })
    }

    /// Two people in every photo: each of them is in more than one.
    @Test func aCoupleIsAmbiguous() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        for code in [32, 33] { try workshop.put(code, "Zoe") }
        let report = try train(workshop, [32: (left: 5, right: 7), 33: (left: 7, right: 5)])
        #expect(report.choices.isEmpty && report.missing == ["Zoe"])
        #expect(report.gallery.description.ambiguous?.count == 2)
    }

    /// A copy agrees with its original on everybody.
    @Test func aCopyIsNoSecondPhoto() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        try workshop.put(Synthetic.photo(32), "Zoe", "one.png")
        try workshop.put(Synthetic.photo(32), "Zoe", "two.png")
        let report = try train(workshop, [32: (left: 5, right: 7)])
        #expect(report.choices.isEmpty && report.missing == ["Zoe"])
    }

    @Test func nobodyOfAnEmptiedGalleryIsNamed() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        try workshop.put(32, "Person 0")
        let gallery = try train(workshop, [32: (left: 9, right: 0)]).gallery
        #expect(gallery.description.choices?.count == 1)
        let text = String(decoding: try JSONEncoder().encode(gallery.emptied.description), as: UTF8.self)
        #expect(!text.contains("Person 0") && !text.contains("32.png"))
    }

    /// Not remembered as refused, nor as chosen: another photo may show who is meant.
    @Test func anotherPhotoMakesItClear() throws {
        let workshop = try Workshop()
        try workshop.enrol(1)
        try workshop.put(33, "Zoe")
        let people = [33: (left: 7, right: 5)]
        let first = try train(workshop, people).gallery
        #expect(first.people == ["Person 0"])
        try workshop.put(40, "Zoe")
        let second = try train(workshop, people, earlier: first)
        #expect(second.gallery.people == ["Person 0", "Zoe"])
        #expect(second.choices.map(\.box.x) == [52] && second.cached == 3)
        let third = try train(workshop, people, earlier: second.gallery)
        #expect(third.choices.map(\.box.x) == [52] && third.cached == 4, "chosen anew")
    }
}
