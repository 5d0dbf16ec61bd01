import Detection
import Foundation
import Imaging
import ModelLoading
import Recognition
import VisageCore

/// Measures the detectors against known boxes, and on the images of LFW pairs.
package struct DetectorComparison {
    /// Keys as `visage compare --json` prints them.
    package struct Row: Encodable {
        package let detector: String
        /// Against known boxes, at IoU 0.5: the number of faces, how many of them were found, and detections without a
        /// face.
        package fileprivate(set) var faces: Int?
        package fileprivate(set) var found: Int?
        package fileprivate(set) var wrong: Int?
        package fileprivate(set) var recall: Double?
        package fileprivate(set) var precision: Double?
        /// In the images of the pairs: their number, and in how many the face nearest the center is the right person.
        package fileprivate(set) var images: Int?
        package fileprivate(set) var right: Int?
    }

    package private(set) var rows: [Row] = []

    /// - Throws: `VisageError`.
    package init(_ material: ComparisonMaterial, detectors: [DetectorKind], networks: Networks) throws {
        let embedder = try networks.embedder()
        for kind in detectors {
            var row = Row(detector: kind.rawValue)
            if let truth = material.truth {
                let reader = try networks.photoReader(kind, embedder: embedder, input: PhotoReader.defaultInput)
                var score = DetectionScore()
                for picture in truth.pictures {
                    guard let data = try? Photo.read(picture.file) else {
                        throw VisageError(
                            .notFound, "\(picture.file.path) cannot be read, and the truth has boxes for it")
                    }
                    let found = try reader.faces(in: Photo.decode(data)).map(\.box)
                    score.add(found, truth: picture.faces, ignored: picture.ignored)
                }
                (row.faces, row.found, row.wrong) = (score.faces, score.found, score.wrong)
                (row.recall, row.precision) = (
                    score.recall.roundedToFourDecimals, score.precision.roundedToFourDecimals
                )
            }
            if let pairs = material.pairs, let folder = material.images {
                let reader = try networks.photoReader(kind, embedder: embedder, input: Verification.detectorInput)
                let right = try concurrentMap(pairs.images, width: networks.concurrency) { image -> Bool in
                    guard let data = try? Photo.read(folder.appending(path: image.path)),
                        let (face, picture) = try? reader.find(data, choice: .nearestToCenter)
                    else { return false }
                    return Self.isCentral(face.box, width: picture.width, height: picture.height)
                }
                (row.images, row.right) = (right.count, right.count { $0 })
            }
            rows.append(row)
        }
    }

    /// Whether a face is the one that an image of LFW is of. The images were cut around the box of a face, 2.2 times as
    /// wide and high, before they were aligned, so the face is still near the center.
    package static func isCentral(_ face: BoundingBox, width: Int, height: Int) -> Bool {
        let (width, height) = (Double(width), Double(height))
        let middle = BoundingBox(
            x: width / 2 - width / 4.4, y: height / 2 - height / 4.4, width: width / 2.2, height: height / 2.2)
        return middle.overlap(face) >= 0.3
    }
}
