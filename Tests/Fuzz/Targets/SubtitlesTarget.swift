import Foundation
import Imaging
import VisageCore

@testable import Publishing

/// Subtitles beside a recording, as `visage export` reads them.
struct SubtitlesTarget: FuzzTarget {
    static let name = "subtitles"

    static func seeds() -> [[UInt8]] {
        let box = BoundingBox(x: 10, y: 20, width: 30, height: 40)
        let marks = FaceMark.Kind.allCases.flatMap { kind in
            ["Ann {\\b1} é", nil].map { FaceMark(box: box, kind: kind, text: $0) }
        }
        let lines = marks.enumerated().map { index, mark in
            Subtitles.lines(
                Subtitles.Entry(start: index * 40, end: index * 40 + 40, mark: mark), height: 360)
        }
        return [Array((Subtitles.head(width: 640, height: 360) + lines.joined()).utf8), Array(lines.joined().utf8)]
    }

    func run(_ bytes: [UInt8]) throws {
        let entries = Subtitles.entries(in: String(decoding: bytes, as: UTF8.self))
        for entry in entries {
            // What is drawn has to lie where memory is.
            let box = Subtitles.whole(entry.mark.box)
            Invariant.require(abs(box.x) <= 99_999 && box.width > 0 && box.height > 0, "a box that cannot be drawn")
            // What was read is written so that it says the same.
            let again = Subtitles.entries(in: Subtitles.lines(entry, height: 360))
            guard let first = again.first else { continue }
            Invariant.require(
                again.count == 1 && first.start == entry.start && first.end == entry.end
                    && first.mark.kind == entry.mark.kind, "an entry says something else when it is written")
        }
    }
}
