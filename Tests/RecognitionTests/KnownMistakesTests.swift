import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

/// A face that was given a wrong name, as somebody has said.
@Suite struct KnownMistakesTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// Four people of four photos; view 5 of person 1 is said not to be person 1.
    private func gallery(_ mistakes: [Int: [Embedding]]) throws -> Gallery {
        let workshop = try Workshop()
        try workshop.enrol(4, views: 4)
        var gallery = try workshop.train().gallery
        gallery.others = mistakes.sorted { $0.key < $1.key }.flatMap { person, faces in
            faces.map {
                Gallery.Sample(photo: String(repeating: "a", count: 64), person: person, quality: 1, embedding: $0)
            }
        }
        let folder = scratch.file("gallery-\(mistakes.count)")
        try GalleryFile.write(gallery, to: folder)
        return try GalleryFile.load(folder)
    }

    @Test func theFaceIsNotGivenThatNameAgain() throws {
        let face = Synthetic.view(1, 5)
        #expect(try #require(GalleryClassifier(gallery([:])).classify(photo: face)).name == "Person 1")
        let corrected = try GalleryClassifier(gallery([1: [face]]))
        let match = corrected.classify(photo: face)
        #expect(match?.accepted != true && match?.name != "Person 1")
        // Somebody else has lost nothing.
        for person in [0, 2, 3] {
            let match = try #require(corrected.classify(photo: Synthetic.view(person, 7)))
            #expect(match.accepted && match.name == "Person \(person)")
        }
    }

    /// A stranger who looks like a person, and is said not to be: the person is still known.
    @Test func thePersonIsStillKnown() throws {
        let center = Synthetic.center(1)
        var random = SeededRandom(7)
        let stranger = try #require(Embedding(normalizing: center.map { $0 + 1.1 * random.normal() }))
        let before = try #require(GalleryClassifier(gallery([:])).classify(photo: stranger))
        try #require(before.accepted && before.name == "Person 1", "a stranger whom it takes for somebody")
        let corrected = try GalleryClassifier(gallery([1: [stranger]]))
        #expect(corrected.classify(photo: stranger)?.accepted != true)
        #expect(try #require(corrected.classify(photo: Synthetic.view(1, 7))).name == "Person 1")
    }

    @Test func thereIsNoAnswerWhereNobodyIsLeft() throws {
        let faces = (0..<4).map { Synthetic.view($0, 5) }
        let all = Dictionary(uniqueKeysWithValues: (0..<4).map { ($0, [faces[1]]) })
        #expect(try GalleryClassifier(gallery(all)).classify(photo: faces[1]) == nil)
    }

    @Test func theyAreReadFromTheFolderNotAndSurviveATraining() throws {
        let workshop = try Workshop()
        try workshop.enrol(2, views: 3)
        let folder = workshop.faces.appending(path: "Person 0/not")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Synthetic.photo(8 * 3).write(to: folder.appending(path: "stranger.png"))
        let gallery = try workshop.train().gallery
        #expect(gallery.others.map(\.person) == [0] && gallery.description.people.map(\.photos) == [3, 3])
        let embedded = workshop.embedder.count
        let second = try workshop.train(earlier: gallery)
        #expect(
            workshop.embedder.count == embedded
                && second.gallery.others.map(\.embedding) == gallery.others.map(\.embedding))
        let place = scratch.file("gallery")
        try GalleryFile.write(second.gallery, to: place)
        #expect(try GalleryFile.load(place).others.map(\.photo) == gallery.others.map(\.photo))
        // Cut short, it is no gallery.
        let file = place.appending(path: "others.bin")
        try Data(contentsOf: file).dropLast().write(to: file)
        #expect(throws: VisageError.self) { try GalleryFile.load(place) }
    }

    @Test func aPhotoOfThePersonAmongThemIsNamed() throws {
        let workshop = try Workshop()
        try workshop.enrol(2, views: 3)
        let folder = workshop.faces.appending(path: "Person 0/not")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let photo = workshop.faces.appending(path: "Person 0")
        let own = try #require(
            try FileManager.default.contentsOfDirectory(at: photo, includingPropertiesForKeys: nil)
                .first { !$0.hasDirectoryPath })
        try FileManager.default.copyItem(at: own, to: folder.appending(path: "copy.png"))
        let doubtful = try workshop.train().doubtful
        #expect(doubtful.contains { $0.photo.lastPathComponent == own.lastPathComponent })
    }
}
