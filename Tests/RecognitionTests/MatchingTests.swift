import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct MatchingTests {
    @Test func theNearestPhotoNamesAFace() throws {
        let workshop = try Workshop()
        try workshop.enrol(5, views: 1)
        let folder = workshop.scratch.file("gallery")
        try GalleryFile.write(workshop.train(matching: .nearest).gallery, to: folder)
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "svm.model").path))
        let loaded = try GalleryFile.load(folder)
        #expect(loaded.svm == nil && loaded.description.matching == .nearest)
        let classifier = try GalleryClassifier(loaded)
        for person in 0..<5 {
            let match = try #require(classifier.classify(photo: Synthetic.view(person, 7)))
            #expect(match.name == "Person \(person)" && match.accepted && match.probability == nil)
            let photo = Synthetic.view(person, 0)
            #expect(abs(match.similarity - photo.similarity(Synthetic.view(person, 7))) < 1e-6)
            #expect(try #require(match.margin) > 0.3)
        }
        #expect(classifier.classify(photo: Synthetic.view(30, 0))?.accepted == false)
    }

    @Test func everyPhotoIsAChanceToBeMistaken() throws {
        let workshop = try Workshop()
        try workshop.enrol(3, views: 5)
        let nearest = try workshop.train(matching: .nearest).gallery
        let svm = try workshop.train(matching: .svm).gallery
        #expect(nearest.threshold > svm.threshold)
        let single = try StrangerRule(falseNames: 0.02, comparisons: 15, curve: Synthetic.curve)
        #expect(nearest.threshold == single.threshold)
    }

    @Test func tooManyPeopleForAnSVMAreToldOfTheOtherWay() throws {
        let workshop = try Workshop()
        for person in 0...Matching.tooManyPeople { try workshop.put(Data(), "\(person)", "photo.jpg") }
        #expect {
            _ = try workshop.train()
        } throws: {
            "\($0)".contains("--matching nearest") && ($0 as? VisageError)?.code == .gallery
        }
        // Empty photos are what stops it then.
        #expect { _ = try workshop.train(matching: .nearest) } throws: { "\($0)".contains("photos can be used") }
    }
}
