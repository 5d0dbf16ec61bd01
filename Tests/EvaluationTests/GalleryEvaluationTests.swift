import Evaluation
import Foundation
import Recognition
import RecognitionTestSupport
import Synchronization
import TestSupport
import Testing
import VisageCore

@Suite struct GalleryEvaluationTests {
    /// A gallery of `Person 0` and `Person 1`, and the classifier on it.
    private func classifier() throws -> GalleryClassifier {
        let workshop = try Workshop()
        try workshop.enrol(2, views: 4)
        let folder = workshop.scratch.file("gallery")
        try GalleryFile.write(workshop.train().gallery, to: folder)
        return try GalleryClassifier(GalleryFile.load(folder))
    }

    private func evaluate(_ photos: Workshop, strangers: Workshop? = nil) throws -> GalleryEvaluation {
        try GalleryEvaluation(
            classifier: classifier(), people: ["Person 0", "Person 1"], reader: photos.reader(),
            photos: FacesFolder(photos.faces), strangers: strangers.map { try FacesFolder($0.faces) },
            concurrency: 2,
            progress: { _ in })
    }

    @Test func everyOutcomeIsCounted() throws {
        let photos = try Workshop(FakeDetector([42: []]))
        try photos.put(5, "Person 0")
        try photos.put(6, "Person 0")
        try photos.put(13, "Person 0")  // a view of Person 1
        try photos.put(14, "Person 1")
        // A view of somebody else, under both names: whomever the SVM names, it must not count.
        try photos.put(30, "Person 0")
        try photos.put(30, "Person 1")
        try photos.put(42, "Person 1")  // no face
        try photos.put(Data("x".utf8), "Person 1", "broken.jpg")
        let evaluation = try evaluate(photos)
        let summary = evaluation.summary
        #expect(summary.people == 2 && summary.photos == 8)
        #expect(summary.correct == 3 && summary.wrong == 1 && summary.unknown == 2 && summary.noFace == 2)
        #expect(summary.accuracy == 0.375)
        #expect(summary.strangers == nil && summary.fpir == nil && summary.tpir == nil)
        #expect(
            evaluation.answers.map(\.person) == Array(repeating: "Person 0", count: 4)
                + Array(repeating: "Person 1", count: 4))
    }

    @Test func strangersAreCountedApartAndKnownOnesLeftOut() throws {
        let photos = try Workshop(FakeDetector([42: []]))
        try photos.put(5, "Person 0")
        let strangers = try Workshop()
        try strangers.put(24, "Carl")
        try strangers.put(25, "Carl")
        try strangers.put(6, "Double")  // looks like Person 0
        try strangers.put(42, "Faceless")
        try strangers.put(7, "person_0")  // is Person 0
        let evaluation = try evaluate(photos, strangers: strangers)
        #expect(evaluation.known == ["person_0"])
        let summary = evaluation.summary
        let counts = try #require(summary.strangers)
        #expect(counts.people == 3 && counts.photos == 4 && counts.noFace == 1)
        #expect(counts.named == 1 && counts.peopleNamed == 1)
        #expect(summary.tpir == 1 && summary.fpir == 0.3333)
        #expect(summary.photos == 1 && summary.correct == 1)
    }

    /// Who finds nobody to compare a face with has seen one all the same.
    @Test func withNobodyInTheGalleryEverybodyIsUnknown() throws {
        let photos = try Workshop(FakeDetector([42: []]))
        try photos.put(5, "Person 0")
        try photos.put(13, "Person 1")
        try photos.put(42, "Person 1")  // no face
        let workshop = try Workshop()
        try workshop.enrol(2)
        let evaluation = try GalleryEvaluation(
            classifier: GalleryClassifier(workshop.train().gallery.emptied), people: [], reader: photos.reader(),
            photos: FacesFolder(photos.faces), strangers: FacesFolder(photos.faces), concurrency: 2,
            progress: { _ in })
        let summary = evaluation.summary
        #expect(summary.unknown == 2 && summary.noFace == 1 && summary.wrong == 0 && summary.correct == 0)
        #expect(evaluation.answers.map(\.given) == ["unknown", "unknown", nil])
        let strangers = try #require(summary.strangers)
        #expect(strangers.photos == 3 && strangers.noFace == 1 && strangers.named == 0 && summary.fpir == 0)
    }

    @Test func theLargestFaceOfAGroupCounts() throws {
        let photos = try Workshop(
            FakeDetector([5: [Synthetic.face(0, size: 30), Synthetic.face(40, size: 50)]]))
        try photos.put(5, "Person 0")
        #expect(try evaluate(photos).summary.correct == 1)
    }

    @Test func theKeysAreThoseOfTheDesign() throws {
        let photos = try Workshop()
        try photos.put(5, "Person 0")
        let json = try JSONSerialization.jsonObject(
            with: JSONEncoder().encode(evaluate(photos, strangers: photos).summary))
        let keys = try #require(json as? [String: Any]).keys
        #expect(
            Set(keys).isSuperset(of: [
                "people", "photos", "correct", "accuracy", "unknown", "wrong", "no_face", "threshold",
            ]))
    }
}
