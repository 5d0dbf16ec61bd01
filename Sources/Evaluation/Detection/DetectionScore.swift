import VisageCore

/// How well a detector's boxes agree with the truth, over any number of pictures.
public struct DetectionScore: Sendable {
    /// Faces that there are.
    public private(set) var faces = 0
    /// Faces that were found: each by the best box that shares at least half with it (IoU), each box for one face.
    public private(set) var found = 0
    /// Boxes that are of no face.
    public private(set) var wrong = 0

    private static let leastOverlap = 0.5

    public init() {}

    public var recall: Double { faces > 0 ? Double(found) / Double(faces) : 0 }
    public var precision: Double { found + wrong > 0 ? Double(found) / Double(found + wrong) : 0 }

    /// - Parameter boxes: best score first.
    public mutating func add(_ boxes: [BoundingBox], truth: [BoundingBox], ignored: [BoundingBox] = []) {
        faces += truth.count
        var open = truth
        for box in boxes {
            let best = open.indices.max { open[$0].overlap(box) < open[$1].overlap(box) }
            if let best, open[best].overlap(box) >= Self.leastOverlap {
                found += 1
                open.remove(at: best)
            } else if !ignored.contains(where: { $0.overlap(box) >= Self.leastOverlap }) {
                wrong += 1
            }
        }
    }
}
