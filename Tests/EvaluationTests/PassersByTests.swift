import Evaluation
import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct PassersByTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Photos of 100 x 100, each of another brightness, with a face of 40 pixels in the middle.
    private func passages(_ count: Int, shots: Int) throws -> [PassersBy.Passage] {
        try (0..<count).map { index in
            let file = folder.file("\(index).png")
            let picture = Pictures.plain(width: 100, height: 100, y: UInt8(60 + 10 * index))
            try Data(Photo.encode(picture, as: .png, scaler: Scaler())).write(to: file)
            let face = BoundingBox(x: 30, y: 30, width: 40, height: 40)
            return PassersBy.Passage(
                person: "Person \(index)", shots: (0..<shots).map { _ in .init(photo: file, face: face) })
        }
    }

    @Test func everybodyPassesOnceAndNobodyMeetsInATile() throws {
        let film = PassersBy(try passages(14, shots: 2), faceWidth: 40, seed: 1)
        var seen: [Int: (name: String, frames: [Int], center: Point)] = [:]
        for frame in 0..<film.count {
            for person in try #require(film.people(in: frame)) {
                seen[person.stay, default: (person.name, [], person.box.center)].frames.append(frame)
                #expect(film.passages[person.stay - 1].person == person.name)
                #expect(abs(person.box.width / 40 - 1) < 0.1)
            }
        }
        #expect(seen.count == 14 && Set(seen.values.map(\.name)).count == 14)
        for (_, passage) in seen {
            #expect(passage.frames == Array(passage.frames[0]..<passage.frames[0] + 30), "two seconds without a break")
        }
        // A track of the one before is lost when the next comes: more than three seconds.
        let begins = seen.sorted { $0.key < $1.key }.map(\.value.frames[0])
        for index in 6..<14 { #expect(begins[index] - begins[index - 6] >= 30 + 45) }
    }

    @Test func thePictureShowsThemWhereTheTruthSays() throws {
        let passages = try passages(6, shots: 1)
        let film = PassersBy(passages, faceWidth: 60, seed: 2)
        let source = try film.source()
        var checked = 0
        while let frame = try source.nextFrame() {
            #expect(frame.image.width == 3 * 204 && frame.image.height == 2 * 204)
            for person in try #require(film.people(in: frame.number)) {
                let center = person.box.center
                let luma = frame.image.luma[Int(center.x), Int(center.y)]
                let corner = frame.image.luma[2, 2]
                #expect(luma != corner, "something is pasted over the plain ground")
                checked += 1
            }
        }
        #expect(checked > 60)
    }

    @Test func theSameSeedGivesTheSameFilm() throws {
        let passages = try passages(3, shots: 1)
        func sums(_ seed: UInt64) throws -> [Int] {
            let source = try PassersBy(passages, faceWidth: 40, seed: seed).source()
            var sums: [Int] = []
            while let frame = try source.nextFrame() {
                let plane = frame.image.luma
                sums.append((0..<plane.height).reduce(0) { $0 + Int(plane[plane.width / 6, $1]) })
            }
            return sums
        }
        #expect(try sums(5) == sums(5))
        let different = try (1...8).map(sums)
        #expect(Set(different).count > 1, "conditions differ")
    }
}
