import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

/// What scikit-learn said of made-up embeddings; `make_svm_fixture.py` wrote it.
private struct Fixture: Decodable {
    struct Sample: Decodable {
        let name: String
        let values: [Float]
    }

    struct Probe: Decodable {
        let label: String
        let decision: [Double]
        let values: [Float]
    }

    let labels: [String]
    let training: [Sample]
    let probes: [Probe]

    static func load() throws -> Fixture {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "svm-fixture.json")
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }
}

@Suite struct SupportVectorMachineTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func train(
        _ samples: [(label: Int, embedding: Embedding)], _ name: String = "svm.model"
    ) throws -> SupportVectorMachine {
        try SupportVectorMachine.train(samples, file: folder.file(name))
        return try SupportVectorMachine(
            Data(contentsOf: folder.file(name)), people: Set(samples.map(\.label)).count,
            dimension: samples[0].embedding.dimension, photos: samples.count)
    }

    private func samples(_ fixture: Fixture) throws -> [(label: Int, embedding: Embedding)] {
        try fixture.training.map { sample in
            let label = try #require(fixture.labels.firstIndex(of: sample.name))
            return (label, try #require(Embedding(normalizing: sample.values)))
        }
    }

    /// Samples by person, as in a gallery: libsvm's order of labels is that of the names.
    @Test func agreesWithScikitLearn() throws {
        let fixture = try Fixture.load()
        #expect(fixture.labels == fixture.labels.sorted() && fixture.probes.count == 60)
        let svm = try train(samples(fixture).sorted { $0.label < $1.label })
        for probe in fixture.probes {
            let embedding = try #require(Embedding(normalizing: probe.values))
            let values = svm.decisionValues(embedding)
            #expect(values.count == 15 && probe.decision.count == 15)
            for (one, other) in zip(values, probe.decision) { #expect(abs(one - other) < 1e-3) }
            #expect(svm.predict(embedding).map { fixture.labels[$0.label] } == probe.label)
        }
    }

    /// libsvm orders labels by first appearance, and with them pairs and signs; what is said of a face stays.
    @Test func theOrderOfThePhotosDoesNotMatter() throws {
        let fixture = try Fixture.load()
        let samples = try samples(fixture)
        var order: [Int] = []
        for sample in samples where !order.contains(sample.label) { order.append(sample.label) }
        #expect(order != order.sorted(), "or this would test nothing")
        let svm = try train(samples)
        for probe in fixture.probes {
            let embedding = try #require(Embedding(normalizing: probe.values))
            #expect(svm.predict(embedding).map { fixture.labels[$0.label] } == probe.label)
            let values = svm.decisionValues(embedding)
            var pair = 0
            for (position, first) in order.enumerated() {
                for second in order[(position + 1)...] {
                    let (low, high) = (min(first, second), max(first, second))
                    // Pairs (0,1), (0,2) … (4,5), of six labels.
                    let index = low * (11 - low) / 2 + high - low - 1
                    let expected = first < second ? probe.decision[index] : -probe.decision[index]
                    // Trained from the other side, so stopped elsewhere within libsvm's tolerance.
                    #expect(abs(values[pair] - expected) < 3e-3)
                    pair += 1
                }
            }
        }
    }

    @Test func trainingAgainGivesTheSameProbabilities() throws {
        let samples = try samples(Fixture.load())
        let first = try train(samples, "first.model")
        // libsvm shuffles with rand(), which another training leaves elsewhere.
        _ = try train(Array(samples.dropLast(2)), "between.model")
        let second = try train(samples, "second.model")
        #expect(
            try Data(contentsOf: folder.file("first.model")) == Data(contentsOf: folder.file("second.model")))
        let probe = samples[3].embedding
        #expect(first.predict(probe)?.probabilities == second.predict(probe)?.probabilities)
    }

    @Test func trainingsInSeveralThreadsGiveTheSame() throws {
        let samples = try samples(Fixture.load())
        try SupportVectorMachine.train(samples, file: folder.file("alone.model"))
        let alone = try Data(contentsOf: folder.file("alone.model"))
        DispatchQueue.concurrentPerform(iterations: 4) { index in
            try? SupportVectorMachine.train(samples, file: folder.file("\(index).model"))
        }
        for index in 0..<4 { #expect(try Data(contentsOf: folder.file("\(index).model")) == alone) }
    }

    @Test func readingInSeveralThreadsGivesTheSame() throws {
        let fixture = try Fixture.load()
        let model = try train(samples(fixture))
        let probe = try #require(Embedding(normalizing: fixture.probes[0].values))
        let expected = model.decisionValues(probe)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<20 {
                let read = (try? Data(contentsOf: folder.file("svm.model"))).flatMap {
                    try? SupportVectorMachine($0, people: 6, dimension: 128, photos: fixture.training.count)
                }
                #expect(read?.decisionValues(probe) == expected)
            }
        }
    }

    @Test func probabilitiesAddUpToOne() throws {
        let fixture = try Fixture.load()
        let svm = try train(samples(fixture))
        for probe in fixture.probes.prefix(10) {
            let answer = try #require(Embedding(normalizing: probe.values).flatMap(svm.predict))
            #expect(Set(answer.probabilities.keys) == Set(0..<6))
            #expect(abs(answer.probabilities.values.reduce(0, +) - 1) < 1e-6)
        }
    }

    @Test func onePhotoEachIsEnough() throws {
        let svm = try train([(0, Synthetic.view(0, 0)), (1, Synthetic.view(1, 0)), (2, Synthetic.view(2, 0))])
        for person in 0..<3 { #expect(svm.predict(Synthetic.view(person, 1))?.label == person) }
    }

    @Test func onePersonIsNotEnough() {
        #expect {
            try SupportVectorMachine.train(
                [(0, Synthetic.view(0, 0)), (0, Synthetic.view(0, 1))], file: folder.file("x"))
        } throws: { ($0 as? VisageError)?.code == .gallery }
    }

    @Test func anEmbeddingOfAnotherLengthHasNoAnswer() throws {
        let svm = try train([(0, Synthetic.view(0, 0)), (1, Synthetic.view(1, 0))])
        let short = try #require(Embedding(normalizing: [1, 2, 3]))
        #expect(svm.predict(short) == nil && svm.decisionValues(short).isEmpty)
    }

    @Test func aFileThatIsNoModelIsRefused() throws {
        for text in ["", "\n", "SV\n", "svm_type nonsense\n", "svm_type c_svc\nkernel_type linear\nnr_class 2\n"] {
            #expect {
                _ = try SupportVectorMachine(Data(text.utf8), people: 2, dimension: 4, photos: 4)
            } throws: { ($0 as? VisageError)?.code == .gallery }
        }
    }
}
