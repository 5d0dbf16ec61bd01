import Daemon
import Detection
import Foundation
import Imaging
import Recognition
import VisageCore

/// Measures the detectors against known boxes, and on the images of LFW pairs.
struct DetectorComparison {
    /// Keys as `--json` prints them.
    struct Row: Encodable {
        var detector: String
        /// With `--truth`, at IoU 0.5: the number of faces, how many of them were found, and detections without a face.
        var faces: Int?
        var found: Int?
        var wrong: Int?
        var recall: Double?
        var precision: Double?
        /// In the images of the pairs: their number, and in how many the face nearest the center is the right person.
        var images: Int?
        var right: Int?
    }

    private(set) var rows: [Row] = []

    /// - Throws: `VisageError`.
    init(_ material: ComparisonMaterial, detectors: [DetectorKind], networks: Networks) throws {
        let embedder = try networks.embedder()
        for kind in detectors {
            var row = Row(detector: kind.rawValue)
            if let truth = material.truth {
                let reader = try networks.photoReader(kind, embedder: embedder, input: NetworkOptions.photoInput)
                var score = DetectionScore()
                for picture in truth.pictures {
                    guard let data = try? Data(contentsOf: picture.file) else {
                        throw VisageError(
                            .notFound, "\(picture.file.path) cannot be read, and the truth has boxes for it")
                    }
                    let found = try reader.faces(in: Photo.decode(data)).map(\.box)
                    score.add(found, truth: picture.faces, ignored: picture.ignored)
                }
                (row.faces, row.found, row.wrong) = (score.faces, score.found, score.wrong)
                (row.recall, row.precision) = (Event.rounded(score.recall), Event.rounded(score.precision))
            }
            if let pairs = material.pairs, let folder = material.images {
                let reader = try networks.photoReader(kind, embedder: embedder, input: Verify.detectorInput)
                let right = try concurrentMap(pairs.images, width: networks.concurrency) { image -> Bool in
                    guard let data = try? Data(contentsOf: folder.appending(path: image.path)),
                        let (face, picture) = try? reader.find(data, choice: .nearestToCentre)
                    else { return false }
                    return Self.isCentral(face, in: picture)
                }
                (row.images, row.right) = (right.count, right.count { $0 })
            }
            rows.append(row)
        }
    }

    /// The images of LFW were cut around the box of a face, 2.2 times as wide and high, before they were aligned, so the
    /// face is still near the center.
    private static func isCentral(_ face: Face, in picture: PixelBuffer) -> Bool {
        let (width, height) = (Double(picture.width), Double(picture.height))
        let middle = BoundingBox(
            x: width / 2 - width / 4.4, y: height / 2 - height / 4.4, width: width / 2.2, height: height / 2.2)
        return middle.overlap(face.box) >= 0.3
    }

    static func table(_ rows: [Row]) -> String {
        markdown(
            ["detector", "faces found", "recall", "precision", "right face in the images of the pairs"],
            rows.map { row in
                [
                    row.detector, row.found.map { "\($0) of \(row.faces ?? 0)" } ?? "–", decimals(row.recall, 3),
                    decimals(row.precision, 3), row.right.map { "\($0) of \(row.images ?? 0)" } ?? "–",
                ]
            })
    }
}
