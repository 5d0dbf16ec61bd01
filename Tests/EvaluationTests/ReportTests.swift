import Evaluation
import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct ReportTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test func pairsAreWrittenWithTheirSimilarity() throws {
        let file = scratch.file("pairs.txt")
        let fold = "A,\"x\" 1 2\nA,\"x\" 1 B 1\n"
        try Data("2\t1\n\(fold)\(fold)".utf8).write(to: file)
        let pairs = try LFWPairs(file)
        let embedding = try #require(Embedding(normalizing: [1, 0]))
        let images = pairs.images.filter { $0.name != "B" }
        try PairsFile.write(
            pairs, Dictionary(uniqueKeysWithValues: images.map { ($0, embedding) }), to: scratch.url)
        let table = scratch.file(PairsFile.name)
        let lines = try String(contentsOf: table, encoding: .utf8).components(separatedBy: "\r\n")
        #expect(lines.count == 6 && lines[0] == "left,right,truth,similarity" && lines[5] == "")
        #expect(
            lines[1] == #""A,""x""/A,""x""_0001.jpg","A,""x""/A,""x""_0002.jpg",same,1.0"#, "quoted as RFC 4180 asks")
        #expect(lines[2].hasSuffix(",B/B_0001.jpg,different,no face"))
        let attributes = try FileManager.default.attributesOfItem(atPath: table.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600, "only the owner may know who looks like whom")
    }

    @Test func anEvaluationBecomesAPageAndATable() throws {
        let workshop = try Workshop()
        try workshop.enrol(2, views: 4)
        let folder = scratch.file("gallery")
        try GalleryFile.write(workshop.train().gallery, to: folder)
        let gallery = try GalleryFile.load(folder)
        let probes = try Workshop(FakeDetector([42: []]))
        try probes.put(5, "Person 0")
        try probes.put(42, "Person 1")  // no face
        try probes.put(30, "<b>")
        let evaluation = try GalleryEvaluation(
            classifier: GalleryClassifier(gallery), people: gallery.people, reader: probes.reader(),
            photos: FacesFolder(probes.faces), strangers: nil, concurrency: 1, progress: { _ in })
        let page = EvaluationReport(evaluation, gallery: gallery).html()
        #expect(page.contains("How a gallery of 2 people does") && page.contains("no face found"))
        #expect(page.contains("&lt;b&gt;") && !page.contains("<b>"), "names are escaped")
        #expect(page.contains("first direction") && !page.contains("FPIR"), "a map, and no curve without strangers")
        try AnswersFile.write(evaluation, to: scratch.url)
        let rows = try String(contentsOf: scratch.file("answers.csv"), encoding: .utf8).components(separatedBy: "\r\n")
        #expect(rows.first == "photo,expected,answer,nearest,similarity,probability" && rows.count == 5)
        #expect(rows.contains { $0.hasSuffix("42.png,Person 1,no face,,,") })
        #expect(rows.contains { $0.contains("5.png,Person 0,Person 0,Person 0,") })
    }
}
