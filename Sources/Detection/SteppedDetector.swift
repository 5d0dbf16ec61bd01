import VisageCore

/// A detector whose first step can be measured apart from the rest.
public protocol SteppedDetector: FaceDetector {
    /// Only scales a frame, as `detect` does first.
    func scale(_ image: PixelBuffer) throws
    /// Compiles the networks for frames of this size in advance of the first one.
    func prepare(width: Int, height: Int) throws
}

extension SteppedDetector {
    public func prepare(width: Int, height: Int) throws {}
}
