import Foundation
import Recognition
import RecognitionTestSupport
import TestSupport
import Testing
import VisageCore

@Suite struct CalibrationTests {
    /// A folder with `count` strangers, who come after the gallery's people.
    private func strangers(_ workshop: Workshop, codes: [Int]) throws -> FacesFolder {
        let folder = workshop.scratch.url.appending(path: "strangers", directoryHint: .isDirectory)
        for (number, code) in codes.enumerated() {
            let home = folder.appending(path: "Stranger \(number)", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            try Synthetic.photo(code, width: 90 + number).write(to: home.appending(path: "photo.png"))
        }
        return try FacesFolder(folder)
    }

    @Test func strangersLikeTheGallerysPeopleRaiseTheThreshold() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let plain = try workshop.train().gallery
        // Forty who look as Person 0 does: nobody of them may get the name, although they are what the name stands for.
        let report = try workshop.train(
            strangers: strangers(workshop, codes: (0..<40).map { $0 % 3 + 3 }))
        let calibration = report.gallery.description.calibration
        #expect(report.gallery.threshold > plain.threshold && calibration.rule.shift > 0.1)
        #expect(abs(calibration.rule.threshold - calibration.rule.shift - plain.threshold) < 1e-9)
        let checked = try #require(calibration.strangers)
        #expect(checked.photos == 40 && checked.people == 40 && checked.count == 0)
    }

    @Test func harmlessStrangersLowerItALittle() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let report = try workshop.train(strangers: strangers(workshop, codes: (0..<40).map { 16 + $0 % 24 }))
        let calibration = report.gallery.description.calibration
        // Forty photos against figures that count as a hundred.
        #expect(calibration.rule.shift < 0 && calibration.rule.shift > -0.1, "\(calibration)")
        #expect(calibration.strangers?.count == 0)
    }

    @Test func aHandfulOfStrangersTeachesNothing() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        let report = try workshop.train(strangers: strangers(workshop, codes: [3, 4, 20]))
        #expect(report.gallery.description.calibration.rule.shift == 0)
        #expect(report.gallery.description.calibration.strangers == MeasuredRate(count: 2, of: 3, people: 3))
    }

    @Test func anEmbedderWithoutFiguresIsCalibratedByTheStrangers() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        #expect {
            _ = try workshop.train(curve: [])
        } throws: { ($0 as? VisageError)?.code == .model && "\($0)".contains("--strangers") }
        // The same few people again and again under fifty names are all the fakes that there are: alike beyond measure.
        let report = try workshop.train(
            strangers: strangers(workshop, codes: (0..<60).map { 16 + $0 % 24 }), curve: [])
        let calibration = report.gallery.description.calibration
        #expect(calibration.rule.shift == 0 && calibration.strangers?.photos == 60)
        #expect(report.gallery.threshold > 0.5, "\(calibration)")
    }

    @Test func namesakesAreNoStrangers() throws {
        let workshop = try Workshop()
        try workshop.enrol(2)
        try workshop.put(0, "Stranger 1")
        let report = try workshop.train(strangers: strangers(workshop, codes: [20, 21]))
        #expect(report.known == ["Stranger 1"])
        #expect(report.gallery.description.calibration.strangers?.photos == 1)
    }

    @Test func peopleWhoLookAlikeAreNamed() throws {
        let workshop = try Workshop()
        try workshop.enrol(3)
        #expect(try workshop.train().lookAlikes.isEmpty)
        // Views 4 and 5 of Person 1 under another name.
        try workshop.put(12, "Twin")
        try workshop.put(13, "Twin")
        let report = try workshop.train()
        #expect(report.lookAlikes.map(\.names) == [["Person 1", "Twin"]])
        #expect(report.lookAlikes.allSatisfy { $0.similarity > 0.8 })
        // Each of the five gets the other's name while their own is left out.
        #expect(report.gallery.description.calibration.leftOut?.count == 5)
    }
}
