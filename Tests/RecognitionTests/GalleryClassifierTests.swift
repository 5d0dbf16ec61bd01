import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct GalleryClassifierTests {
    private func classifier(_ people: Int) throws -> GalleryClassifier {
        let workshop = try Workshop()
        try workshop.enrol(people, views: 4)
        let folder = workshop.scratch.file("gallery")
        try GalleryFile.write(workshop.train().gallery, to: folder)
        return try GalleryClassifier(GalleryFile.load(folder))
    }

    @Test func everybodyIsKnownFromAViewNotSeen() throws {
        let classifier = try classifier(4)
        for person in 0..<4 {
            let match = try #require(classifier.classify(Synthetic.view(person, 7)))
            #expect(match.name == "Person \(person)" && match.accepted)
            #expect(match.similarity > 0.8 && match.similarity <= 1.0001)
            #expect(try #require(match.margin) > 0.3)
            #expect((0...1).contains(try #require(match.probability)))
        }
    }

    @Test func strangersAreNotAcceptedHoweverSureTheSVMIs() throws {
        let classifier = try classifier(2)
        for stranger in 10..<40 {
            let match = try #require(classifier.classify(Synthetic.view(stranger, 0)))
            #expect(match.accepted == (match.similarity >= classifier.threshold))
            #expect(!match.accepted)
        }
    }

    @Test func theThresholdItselfIsEnough() throws {
        let classifier = try classifier(1)
        let mean = try #require(classifier.classify(Synthetic.view(0, 0)))
        #expect(mean.accepted)
        #expect(classifier.threshold > 0.3 && classifier.threshold < 0.5)
    }

    @Test func embeddingsOfAnotherLengthAreNobody() throws {
        let short = try #require(Embedding(normalizing: [1, 2, 3]))
        #expect(try classifier(2).classify(short)?.accepted == false)
        #expect(try classifier(1).classify(short)?.accepted == false)
    }
}
