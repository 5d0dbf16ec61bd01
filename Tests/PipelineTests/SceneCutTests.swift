import Pipeline
import TestSupport
import Testing
import VisageCore

@Suite struct SceneCutTests {
    private func scene(_ shift: Int, contrast: Int = 1, size: (Int, Int) = (320, 180)) -> PixelBuffer {
        Pictures.picture(
            width: size.0, height: size.1,
            luma: { x, y in UInt8(truncatingIfNeeded: 30 + contrast * ((x + shift) / 4 + y / 3) % 180) })
    }

    private func isCut(_ cuts: inout SceneCut, _ picture: PixelBuffer) -> Bool { cuts.isCut(picture) }

    @Test func theFirstPictureIsNoCut() {
        var cuts = SceneCut()
        #expect(!isCut(&cuts, scene(0)))
    }

    @Test func motionIsNoCut() {
        var cuts = SceneCut()
        for step in 0..<60 { #expect(!isCut(&cuts, scene(2 * step))) }
    }

    @Test func anotherSceneIsACutOnce() {
        var cuts = SceneCut()
        for step in 0..<20 { _ = cuts.isCut(scene(step)) }
        let other = Pictures.picture(width: 320, height: 180, luma: { x, y in UInt8((x * 7 + y * 13) % 200) })
        #expect(isCut(&cuts, other))
        #expect(!isCut(&cuts, other))
        #expect(isCut(&cuts, scene(0)), "and back")
    }

    /// As in a trailer: one cut does not make the next one usual.
    @Test func everyCutOfAQuickSequenceIsOne() {
        var cuts = SceneCut()
        let other = Pictures.picture(width: 320, height: 180, luma: { x, y in UInt8((x * 7 + y * 13) % 200) })
        for step in 0..<10 { _ = cuts.isCut(scene(step)) }
        for round in 0..<30 { #expect(isCut(&cuts, round % 2 == 0 ? other : scene(round))) }
    }

    @Test func aSlowFadeIsNoCut() {
        var cuts = SceneCut()
        for luma in 16...235 {
            #expect(!isCut(&cuts, Pictures.plain(width: 320, height: 180, y: UInt8(luma))))
        }
    }

    @Test func noiseIsNoCut() {
        var cuts = SceneCut()
        var random = SeededRandom(2)
        for _ in 0..<50 {
            let noisy = Pictures.picture(
                width: 320, height: 180,
                luma: { x, _ in UInt8(60 + x / 4 + .random(in: 0...20, using: &random)) })
            #expect(!isCut(&cuts, noisy))
        }
    }

    @Test(arguments: [(1, 1), (2, 3), (31, 17), (641, 361)]) func everySizeWorks(width: Int, height: Int) {
        var cuts = SceneCut()
        #expect(!isCut(&cuts, Pictures.plain(width: width, height: height, y: 16)))
        #expect(isCut(&cuts, Pictures.plain(width: width, height: height, y: 235)))
        #expect(
            !isCut(&cuts, Pictures.plain(width: 320, height: 180, y: 235)), "a change of size alone is none")
    }
}
