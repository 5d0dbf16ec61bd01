import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct HeadTrainerTests {
    /// People who differ in the first half of their numbers, with photos that differ in the second: what a head can
    /// learn to leave out.
    private static func people(_ count: Int, photos: Int, nuisance: Float) -> [[Embedding]] {
        (0..<count).map { person in
            var own = SeededRandom(UInt64(person + 1))
            let center = (0..<16).map { _ in own.normal() }
            return (0..<photos).compactMap { photo in
                var random = SeededRandom(UInt64(person * 1000 + photo + 77))
                return Embedding(
                    normalizing: center.map { $0 + 0.3 * random.normal() }
                        + (0..<16).map { _ in nuisance * random.normal() })
            }
        }
    }

    private static let settings: HeadTrainer.Options = {
        var options = HeadTrainer.Options()
        options.epochs = 60
        options.rate = 0.01
        return options
    }()

    @Test(arguments: [false, true]) func learnsWhatDoesNotMatter(isHard: Bool) throws {
        var options = Self.settings
        options.isHard = isHard
        let trainer = try HeadTrainer(Self.people(60, photos: 4, nuisance: 1.5), options: options)
        let outcome = trainer.train { _, _ in }
        #expect(outcome.helps, "\(outcome.before) \(outcome.after) \(outcome.confidence)")
        #expect(outcome.after.tarAt1Percent > outcome.before.tarAt1Percent + 0.1)
        #expect(outcome.trainedPeople == 36 && outcome.before.people == 12)
        #expect(outcome.best > 0 && outcome.best <= outcome.epochs.count)
        #expect(try #require(outcome.epochs.first).loss > (outcome.epochs.map(\.loss).min() ?? 1))
    }

    @Test func whatCannotBeBetteredIsNotSaidToBe() throws {
        let trainer = try HeadTrainer(Self.people(40, photos: 4, nuisance: 0), options: Self.settings)
        let outcome = trainer.train { _, _ in }
        #expect(!outcome.helps)
        #expect(outcome.before.tarAt1Percent > 0.99)
    }

    /// Each has photos for two batches and more: alone in them, nobody would have negatives.
    @Test func whoHasManyPhotosLeavesRoomForOthers() throws {
        var options = Self.settings
        options.batch = 20
        options.epochs = 20
        let people = Self.people(30, photos: 50, nuisance: 1.5)
        let outcome = try HeadTrainer(people, options: options).train { _, _ in }
        #expect(outcome.best > 0 && outcome.after.tarAt1Percent > outcome.before.tarAt1Percent + 0.1)
        #expect(outcome.trainedPhotos == 900)
    }

    @Test(arguments: [(30, false), (60, true)]) func strangersAreKnownFromAThousandPairs(people: Int, isSo: Bool) throws
    {
        var options = Self.settings
        options.epochs = 2
        let outcome = try HeadTrainer(Self.people(people, photos: 4, nuisance: 1), options: options).train { _, _ in }
        #expect(outcome.knowsStrangers == isSo && (outcome.after.impostors >= 1000) == isSo)
        let file = HeadFile(outcome, embedder: Workshop.origin)
        func rule() throws -> StrangerRule {
            try StrangerRule(falseNames: 0.01, comparisons: 5, curve: file.impostors)
        }
        if isSo { #expect(try rule().threshold > 0.2) } else { #expect(throws: VisageError.self) { try rule() } }
    }

    @Test func theSamePeopleGiveTheSameHead() throws {
        let people = Self.people(20, photos: 3, nuisance: 1)
        var options = Self.settings
        options.epochs = 5
        let heads = try (0..<2).map { _ in try HeadTrainer(people, options: options).train { _, _ in }.head }
        #expect(heads[0] == heads[1])
    }

    @Test func itStopsWhenNothingGetsBetter() throws {
        var options = Self.settings
        options.epochs = 1000
        options.patience = 3
        let outcome = try HeadTrainer(Self.people(20, photos: 3, nuisance: 0.5), options: options).train { _, _ in }
        #expect(outcome.epochs.count == outcome.best + 3)
    }

    @Test func tooFewPeopleAreRefused() {
        #expect {
            _ = try HeadTrainer(Self.people(9, photos: 4, nuisance: 1) + Self.people(5, photos: 1, nuisance: 1))
        } throws: {
            ($0 as? VisageError)?.code == .gallery && "\($0)".contains("there are 9")
        }
    }

    @Test func aHeadIsReadAsItWasWritten() throws {
        var options = Self.settings
        options.epochs = 3
        let people = Self.people(20, photos: 3, nuisance: 1)
        let outcome = try HeadTrainer(people, options: options).train { _, _ in }
        let scratch = try ScratchFolder()
        let file = scratch.url.appending(path: "head.json")
        try HeadFile(outcome, embedder: Workshop.origin).write(to: file)
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        let loaded = try HeadFile.load(file)
        #expect(try loaded.head(path: file.path) == outcome.head && loaded.embedder == Workshop.origin)
        let embedding = people[0][0]
        #expect(try loaded.head(path: file.path).apply(embedding) == outcome.head.apply(embedding))
        #expect(outcome.head.apply(Synthetic.unit) == nil, "of another length")

        var data = try Data(contentsOf: file)
        data = try #require(
            String(decoding: data, as: UTF8.self).replacing("\"outputs\" : 32", with: "\"outputs\" : 31").data(
                using: .utf8))
        try data.write(to: file)
        #expect { _ = try HeadFile.load(file) } throws: { "\($0)".contains("damaged") }
        try Data("{}".utf8).write(to: file)
        #expect { _ = try HeadFile.load(file) } throws: { "\($0)".contains("visage adapt") }
    }
}
