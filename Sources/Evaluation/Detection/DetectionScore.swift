import VisageCore

/// Recall and precision of a detector over any number of pictures.
public struct DetectionScore: Sendable {
    /// Number of true faces.
    public private(set) var faces = 0
    /// Faces that were found. Each box counts for one face at most: the one with the highest IoU, from 0.5.
    public private(set) var found = 0
    /// Boxes that match no face.
    public private(set) var wrong = 0

    private static let minOverlap = 0.5

    public init() {}

    public var recall: Double { faces > 0 ? Double(found) / Double(faces) : 0 }
    public var precision: Double { found + wrong > 0 ? Double(found) / Double(found + wrong) : 0 }

    /// Adds a picture.
    /// - Parameters:
    ///   - boxes: the detections, best score first.
    ///   - truth: boxes of the faces.
    ///   - ignored: boxes of faces that count neither as found nor as missed.
    public mutating func add(_ boxes: [BoundingBox], truth: [BoundingBox], ignored: [BoundingBox] = []) {
        faces += truth.count
        var open = truth
        for box in boxes {
            let best = open.indices.max { open[$0].overlap(box) < open[$1].overlap(box) }
            if let best, open[best].overlap(box) >= Self.minOverlap {
                found += 1
                open.remove(at: best)
            } else if !ignored.contains(where: { $0.overlap(box) >= Self.minOverlap }) {
                wrong += 1
            }
        }
    }
}
