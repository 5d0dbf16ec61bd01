// Detection finds faces in frames: pixels in, boxes with landmarks and scores out. It knows nothing of time.

import VisageCore

/// How a frame is laid into a detector's input: scaled to fit, at the top left, the rest black.
///
/// Networks are compiled for each size of input, which takes a large part of a second. Frames come in any shape, so
/// inputs come in a few only: the frame's shape is padded to the next of `aspects`, upright or across.
public struct DetectionInput: Sendable, Hashable {
    /// Shorter by longer side of the shapes that inputs have: 16:9, 4:3, 704 x 576 as in PAL, and square. Frames of these
    /// shapes get no more padding than the network's coarsest stride needs.
    static let aspects: [Double] = [9.0 / 16, 3.0 / 4, 9.0 / 11, 1]

    /// How many sizes of input there are for frames of all shapes.
    package static let shapeCount = 2 * aspects.count - 1

    /// Size of the network's input: multiples of 32, YuNet's coarsest stride.
    public let width: Int
    public let height: Int
    /// Size of the scaled frame within it.
    public let scaledWidth: Int
    public let scaledHeight: Int
    /// Size of the frame's shape within it, for networks that need no multiples of 32.
    let shapeWidth: Int
    let shapeHeight: Int

    /// - Parameters:
    ///   - longSide: pixels that the frame's longer side is scaled to.
    ///   - square: one input size for all shapes of frame, as for photos of many shapes.
    public init(frameWidth: Int, frameHeight: Int, longSide: Int, square: Bool) {
        let scale = Double(longSide) / Double(max(frameWidth, frameHeight, 1))
        scaledWidth = max(1, Int((Double(frameWidth) * scale).rounded()))
        scaledHeight = max(1, Int((Double(frameHeight) * scale).rounded()))
        func padded(_ length: Int) -> Int { (length + 31) / 32 * 32 }
        let shortSide = min(scaledWidth, scaledHeight)
        let shapes = Self.aspects.map { Int((Double(longSide) * $0).rounded()) }
        let next = square ? longSide : shapes.first { padded($0) >= shortSide } ?? longSide
        // A few rows more than a shape has are still within its padding.
        let shape = shortSide <= next ? next : padded(next)
        let isUpright = scaledHeight > scaledWidth
        shapeWidth = isUpright ? shape : longSide
        shapeHeight = isUpright ? longSide : shape
        width = padded(shapeWidth)
        height = padded(shapeHeight)
    }
}
