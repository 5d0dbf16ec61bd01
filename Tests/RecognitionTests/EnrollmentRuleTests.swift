import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

/// What photos without detail teach.
@Suite struct EnrollmentRuleTests {
    private struct Blurred: FaceEmbedder {
        let sharpness: Double

        func sample(_ face: Face, in image: PixelBuffer) throws -> FaceSample {
            let code = Synthetic.code(of: image)
            var quality = Synthetic.quality(0.8)
            if code % 8 > 0 { quality.sharpness = sharpness }
            return FaceSample(embedding: Synthetic.view(code / 8, code % 8), quality: quality)
        }
    }

    private func train(sharpness: Double) throws -> Trainer.Report {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let reader = PhotoReader(
            detector: workshop.detector, coarse: workshop.detector, embedder: Blurred(sharpness: sharpness),
            minimumScore: 0.6)
        return try Trainer(
            reader: reader, embedder: Workshop.origin, detector: Workshop.detectorOrigin,
            curve: Synthetic.curve,
            concurrency: 2
        ).train(FacesFolder(workshop.faces), earlier: nil, options: .init(), progress: { _ in })
    }

    @Test func theWorstAreRefused() throws {
        let report = try train(sharpness: 0.05)
        #expect(report.gallery.description.people.map(\.photos) == [1, 1] && report.leftOut.count == 4)
        #expect(report.leftOut.allSatisfy { $0.reason.contains("blurred") })
    }

    @Test func poorOnesAreSimilarToNobodyTooSoon() throws {
        let report = try train(sharpness: 0.1)
        #expect(report.leftOut.isEmpty)
        let lengths = report.gallery.samples.map(\.embedding.length)
        #expect(lengths.filter { $0 == 1 }.count == 2 && lengths.filter { abs($0 - 0.75) < 1e-5 }.count == 4)
    }

    @Test func theGalleryKeepsTheirLength() throws {
        let scratch = try ScratchFolder()
        let gallery = try train(sharpness: 0.1).gallery
        try GalleryFile.write(gallery, to: scratch.file("gallery"))
        let read = try GalleryFile.load(scratch.file("gallery"))
        #expect(read.samples.map(\.embedding) == gallery.samples.map(\.embedding))
    }

    @Test func soundOnesCountInFull() throws {
        #expect(try train(sharpness: 0.3).gallery.samples.allSatisfy { $0.embedding.length == 1 })
    }
}
