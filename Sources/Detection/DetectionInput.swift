// Detection finds faces in frames: pixels in, boxes with landmarks and scores out. It knows nothing of time.

import VisageCore

/// How a frame is laid into a detector's input: scaled to fit, at the top left, the rest black.
public struct DetectionInput: Sendable, Hashable {
    /// Size of the network's input.
    public let width: Int
    public let height: Int
    /// Size of the scaled frame within it.
    public let scaledWidth: Int
    public let scaledHeight: Int

    /// - Parameters:
    ///   - longSide: pixels that the frame's longer side is scaled to.
    ///   - square: one input size for all shapes of frame, as for photos of many shapes; otherwise the input
    ///     follows the frame, rounded up to what YuNet's coarsest stride divides.
    public init(frameWidth: Int, frameHeight: Int, longSide: Int, square: Bool) {
        let scale = Double(longSide) / Double(max(frameWidth, frameHeight, 1))
        scaledWidth = max(1, Int((Double(frameWidth) * scale).rounded()))
        scaledHeight = max(1, Int((Double(frameHeight) * scale).rounded()))
        func padded(_ length: Int) -> Int { (length + 31) / 32 * 32 }
        width = padded(square ? longSide : scaledWidth)
        height = padded(square ? longSide : scaledHeight)
    }
}
