import Evaluation
import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct SceneComposerTests {
    /// Says that there is a face in the middle of every picture.
    struct Middle: FaceDetector {
        var finds = true

        func detect(in image: PixelBuffer) throws -> [Face] {
            let (width, height) = (Double(image.width), Double(image.height))
            let box = BoundingBox(x: width / 4, y: height / 4, width: width / 2, height: height / 2)
            return finds ? [Face(box: box, landmarks: nil, score: 0.9)] : []
        }
    }

    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Each of another brightness, which its name says.
    private func clips(_ count: Int) throws -> [PersonClip] {
        try (0..<count).map { index in
            let luma = 40 + 20 * index
            let picture = Pictures.plain(width: 64, height: 48 + 16 * (index % 2), y: UInt8(luma))
            let file = folder.file("\(luma).png")
            try Data(Photo.encode(picture, as: .png, scaler: Scaler())).write(to: file)
            return try PersonClip(file, detector: Middle())
        }
    }

    @Test func peopleComeAndGoAsTheScheduleSays() throws {
        let scene = try SceneComposer(clips(7), places: 4, seconds: 120, seed: 3)
        #expect(scene.count == 3000 && scene.isComplete)
        var last: [String: (frame: Int, stay: Int)] = [:]
        var (maxPeople, returns, comebacks) = (0, 0, 0)
        for frame in 0..<scene.count {
            let people = try #require(scene.people(in: frame))
            #expect(Set(people.map(\.name)).count == people.count, "nobody is in two places")
            maxPeople = max(maxPeople, people.count)
            for person in people {
                if let before = last[person.name], frame - before.frame > 1 {
                    let absence = Double(frame - before.frame) / 25
                    #expect((absence < 3) == (person.stay == before.stay), "\(absence) s")
                    #expect(absence < 2.8 || absence > 3.2, "nobody can say which it is")
                    if person.stay == before.stay { returns += 1 } else { comebacks += 1 }
                }
                last[person.name] = (frame, person.stay)
            }
        }
        #expect(maxPeople == 4 && returns > 0 && comebacks > 0 && last.count == 7)
    }

    @Test func theFaceIsWhereItIsSaidToBe() throws {
        let scene = try SceneComposer(clips(5), places: 3, seconds: 20, seed: 1)
        let source = try scene.source()
        var (whole, parts, frames) = (0, 0, 0)
        while let frame = try source.nextFrame() {
            #expect(frame.number == frames && abs(frame.pts.inSeconds - Double(frames) / 25) < 1e-6)
            frames += 1
            for person in scene.people(in: frame.number) ?? [] {
                guard person.isWhole else {
                    parts += 1
                    continue
                }
                whole += 1
                let luma = frame.image.luma
                for point in [person.box.center, Point(x: person.box.x + 1, y: person.box.y + 1)] {
                    let found = luma.base[Int(point.y) * luma.stride + Int(point.x)]
                    #expect(abs(Int(found) - (Int(person.name) ?? 0)) <= 3, "\(person.name) in \(frame.number)")
                }
            }
        }
        #expect(frames == 500 && whole > 500 && parts > 10)
    }

    @Test func theSameSeedIsTheSameAndAnotherIsNot() throws {
        let people = try clips(5)
        func story(_ seed: UInt64) throws -> [[Int]] {
            let scene = try SceneComposer(people, places: 2, seconds: 30, seed: seed)
            return (0..<scene.count).map { (scene.people(in: $0) ?? []).map(\.stay) }
        }
        #expect(try story(1) == story(1))
        #expect(try story(1) != story(2))
    }

    @Test func asManyPeopleAsPlacesAreTooFew() throws {
        #expect(throws: VisageError.self) { try SceneComposer(clips(2), places: 2, seconds: 5, seed: 1) }
    }

    @Test func aFilmWithoutAFaceIsRefused() throws {
        let file = folder.file("empty.png")
        try Data(Photo.encode(Pictures.plain(width: 64, height: 48, y: 60), as: .png, scaler: Scaler())).write(to: file)
        let error = #expect(throws: VisageError.self) { try PersonClip(file, detector: Middle(finds: false)) }
        #expect(error?.message.contains("empty.png shows no face") == true)
    }
}
