import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct GalleryClassifierTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func classifier(_ people: Int) throws -> GalleryClassifier {
        let workshop = try Workshop()
        try workshop.enrol(people, views: 4)
        let folder = scratch.file("gallery")
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

    /// The SVM may name who is not the nearest; the margin is the named one's.
    @Test func theMarginIsOfWhomTheSVMNames() throws {
        let folders = ["right", "confused"].map { scratch.file($0) }
        for (people, folder) in zip([[0, 1, 2], [1, 0, 2]], folders) {
            let workshop = try Workshop()
            for (number, person) in people.enumerated() {
                for view in 0..<4 { try workshop.put(8 * person + view, "Person \(number)") }
            }
            try GalleryFile.write(workshop.train().gallery, to: folder)
        }
        var gallery = try GalleryFile.load(folders[0])
        let fair = try GalleryClassifier(gallery)
        gallery.svm = try GalleryFile.load(folders[1]).svm
        let confused = try GalleryClassifier(gallery)
        let view = Synthetic.view(0, 7)
        let (right, wrong) = (try #require(fair.classify(view)), try #require(confused.classify(view)))
        #expect(right.name == "Person 0" && wrong.name == "Person 1")
        #expect(abs(try #require(wrong.margin) - (wrong.similarity - right.similarity)) < 1e-9)
        #expect(try #require(right.margin) > 0.3 && wrong.similarity < right.similarity)
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
