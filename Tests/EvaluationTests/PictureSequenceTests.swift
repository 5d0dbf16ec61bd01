import Evaluation
import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct PictureSequenceTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func sequence(_ truth: String?, pictures: Int) throws -> PictureSequence {
        let pictureFolder = folder.file("girl/img")
        try FileManager.default.createDirectory(at: pictureFolder, withIntermediateDirectories: true)
        for index in 0..<pictures {
            let picture = Pictures.plain(width: 32, height: 24, y: UInt8(50 + 20 * index))
            try Data(Photo.encode(picture, as: .png, scaler: Scaler())).write(
                to: pictureFolder.appending(path: "000\(index + 1).png"))
        }
        if let truth { try Data(truth.utf8).write(to: folder.file("girl/groundtruth_rect.txt")) }
        return try PictureSequence(folder: folder.file("girl"), fps: 30)
    }

    @Test(arguments: ["1\t2\t3\t4\n5\t6\t7\t8\n", "1,2,3,4\r\n5,6,7,8", "1 2 3 4\n5.0 6 7 8\n"])
    func picturesAndBoxesGoTogether(truth: String) throws {
        let sequence = try sequence(truth, pictures: 2)
        #expect(sequence.count == 2 && sequence.name == "girl" && !sequence.isComplete)
        #expect(sequence.people(in: 1)?.first?.box == BoundingBox(x: 5, y: 6, width: 7, height: 8))
        #expect(sequence.people(in: 2) == nil)
        let source = try sequence.source()
        _ = try source.nextFrame()
        let second = try #require(try source.nextFrame())
        #expect(second.number == 1 && abs(second.pts.inSeconds - 1.0 / 30) < 1e-6)
        #expect(abs(Int(second.image.luma.base[0]) - 70) <= 3)
        #expect(try source.nextFrame() == nil)
    }

    @Test func whatIsWrongIsNamed() throws {
        func message(_ truth: String?, _ pictures: Int) -> String {
            do {
                _ = try sequence(truth, pictures: pictures)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message(nil, 1).contains("groundtruth_rect.txt cannot be read"))
        #expect(message("1 2 3 4\n1 2 3\n", 2).contains("line 2: not a box of four numbers: 1 2 3"))
        #expect(message("1 2 3 4\n", 2).contains("2 pictures, and"))
    }
}
