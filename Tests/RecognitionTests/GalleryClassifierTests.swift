import Recognition
import RecognitionTestSupport
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
            let match = try #require(classifier.classify(photo: Synthetic.view(person, 7)))
            #expect(match.name == "Person \(person)" && match.accepted)
            #expect(match.similarity > 0.8 && match.similarity <= 1.0001)
            #expect(try #require(match.margin) > 0.3)
            #expect((0...1).contains(try #require(match.probability)))
        }
    }

    @Test func strangersAreNotAcceptedHoweverSureTheSVMIs() throws {
        let classifier = try classifier(2)
        for stranger in 10..<40 {
            let match = try #require(classifier.classify(photo: Synthetic.view(stranger, 0)))
            #expect(match.accepted == (match.similarity >= classifier.threshold))
            #expect(!match.accepted)
        }
    }

    /// People who look alike, so that both are similar enough: the SVM says who.
    @Test func theSVMChoosesAmongTheSimilar() throws {
        var gallery = try twins(swapped: false)
        let fair = try GalleryClassifier(gallery)
        gallery.svm = try twins(swapped: true).svm
        let confused = try GalleryClassifier(gallery)
        let view = TwinEmbedder.twin(0, view: 7)
        let (right, wrong) = (try #require(fair.classify(photo: view)), try #require(confused.classify(photo: view)))
        #expect(right.name == "Person 0" && wrong.name == "Person 1" && wrong.accepted)
        #expect(abs(try #require(wrong.margin) - (wrong.similarity - right.similarity)) < 1e-9)
        #expect(try #require(right.margin) > 0 && wrong.similarity < right.similarity)
        #expect(try GalleryClassifier(gallery, givesProbabilities: false).classify(photo: view)?.name == "Person 1")
    }

    /// An SVM that votes for somebody who is not similar enough costs nobody their name.
    @Test func whomOnlyTheSVMNamesIsNotTaken() throws {
        let folders = ["right", "confused"].map { scratch.file($0) }
        for (people, folder) in zip([[0, 1, 2], [1, 0, 2]], folders) {
            let workshop = try Workshop()
            for (number, person) in people.enumerated() {
                for view in 0..<4 { try workshop.put(8 * person + view, "Person \(number)") }
            }
            try GalleryFile.write(workshop.train().gallery, to: folder)
        }
        var gallery = try GalleryFile.load(folders[0])
        gallery.svm = try GalleryFile.load(folders[1]).svm
        let match = try #require(try GalleryClassifier(gallery).classify(photo: Synthetic.view(0, 7)))
        #expect(match.name == "Person 0" && match.accepted)
    }

    /// Embeds two people who share most of what they look like.
    private struct TwinEmbedder: FaceEmbedder {
        let swapped: Bool

        static func twin(_ person: Int, view: Int) -> Embedding {
            let shared = Synthetic.view(9, 0, spread: 0).values
            let own = Synthetic.view(person, view).values
            return Embedding(normalizing: zip(shared, own).map { $0 + 0.5 * $1 }) ?? Synthetic.unit
        }

        func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
            let code = Synthetic.code(of: image)
            let person = swapped ? 1 - code / 8 : code / 8
            return FaceSample(embedding: Self.twin(person, view: code % 8), quality: Synthetic.quality(0.8))
        }
    }

    private func twins(swapped: Bool) throws -> Gallery {
        let workshop = try Workshop()
        try workshop.enrol(2, views: 4)
        let reader = PhotoReader(
            detector: workshop.detector, coarse: workshop.detector, embedder: TwinEmbedder(swapped: swapped),
            minimumScore: 0.6)
        let trainer = Trainer(
            reader: reader, embedder: Workshop.origin, detector: Workshop.detectorOrigin,
            curve: Synthetic.curve,
            concurrency: 2)
        let folder = scratch.file("twins \(swapped)")
        try GalleryFile.write(
            trainer.train(FacesFolder(workshop.faces), earlier: nil, options: .init(), progress: { _ in }).gallery,
            to: folder)
        return try GalleryFile.load(folder)
    }

    @Test func tracksHaveAThresholdOfTheirOwn() throws {
        let classifier = try classifier(3)
        #expect(classifier.trackThreshold > classifier.threshold)
        let between = (classifier.trackThreshold + classifier.threshold) / 2
        let embedding = try vague(between, classifier)
        #expect(classifier.classify(photo: embedding)?.accepted == true)
        #expect(classifier.classify(embedding)?.accepted == false)
    }

    /// As similar as that to Person 0, and to nobody else.
    private func vague(_ wanted: Double, _ classifier: GalleryClassifier) throws -> Embedding {
        let own = Synthetic.view(0, 0, spread: 0).values
        let other = Synthetic.view(30, 0, spread: 0).values
        return try #require(
            stride(from: Float(0), to: 3, by: 0.002).lazy.compactMap { share in
                Embedding(normalizing: zip(own, other).map { $0 + share * $1 })
            }.first { (classifier.classify(photo: $0)?.similarity ?? 1) <= wanted })
    }

    @Test func theThresholdItselfIsEnough() throws {
        let classifier = try classifier(1)
        let mean = try #require(classifier.classify(photo: Synthetic.view(0, 0)))
        #expect(mean.accepted)
        #expect(classifier.threshold > 0.3 && classifier.threshold < 0.5)
    }

    @Test func embeddingsOfAnotherLengthAreNobody() throws {
        let short = try #require(Embedding(normalizing: [1, 2, 3]))
        #expect(try classifier(2).classify(photo: short)?.accepted == false)
        #expect(try classifier(1).classify(photo: short)?.accepted == false)
    }
}
