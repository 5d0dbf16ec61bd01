import Foundation
import Recognition
import RecognitionTestSupport
import Testing
import VisageCore

@Suite struct PhotoReaderTests {
    private func reader(_ faces: [Face], coarse: [Face] = []) -> PhotoReader {
        PhotoReader(
            detector: FakeDetector([7: faces]), coarse: FakeDetector([7: coarse]),
            embedder: CountingEmbedder(), minimumScore: 0.6)
    }

    private func read(
        _ faces: [Face], coarse: [Face] = [], _ choice: PhotoReader.Choice = .single
    ) throws -> Face {
        try reader(faces, coarse: coarse).read(Synthetic.photo(7), choice: choice).face
    }

    private func reason(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? PhotoReader.Unusable)?.reason
        }
    }

    @Test func theReasonSaysWhatIsWrong() throws {
        #expect(reason { try read([]) } == "no face")
        #expect(reason { try read([Synthetic.face(score: 0.5)]) } == "no face", "too unsure")
        #expect(reason { try read([Synthetic.face(0), Synthetic.face(50)]) }?.hasPrefix("2 faces") == true)
        let small = reason { try read([Synthetic.face(size: 20)]) }
        #expect(small?.contains("too small") == true && small?.contains("20 pixels") == true)
        let garbage = Data("no picture".utf8)
        #expect(reason { try reader([]).read(garbage, choice: .single) }?.hasPrefix("unreadable") == true)
        #expect(reason { try reader([]).read(Data(), choice: .single) }?.contains("empty") == true)
    }

    @Test func somebodyFarBehindDoesNotMakeAGroup() throws {
        let near = Synthetic.face(0, size: 60)
        #expect(try read([Synthetic.face(70, size: 15), near]) == near)
        #expect(reason { try read([near, Synthetic.face(70, size: 25)]) } != nil)
    }

    @Test func ofSeveralTheLargestOrTheMostCentralCounts() throws {
        let large = Synthetic.face(0, 0, size: 50)
        let central = Synthetic.face(33, 33, size: 30)
        #expect(try read([central, large], .largest) == large)
        #expect(try read([large, central], .nearestToCenter) == central)
    }

    @Test func whereNothingIsFoundACoarserLookMay() throws {
        let face = Synthetic.face(5, 5, size: 80)
        #expect(try read([], coarse: [face]) == face)
        let fine = Synthetic.face()
        #expect(try read([fine], coarse: [face]) == fine)
    }
}
