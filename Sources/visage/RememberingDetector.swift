import Synchronization
import VisageCore

/// Answers again what was asked before: for trying many embedders on the faces of the same photos.
final class RememberingDetector: FaceDetector {
    private let detector: any FaceDetector
    private let known = Mutex<[Int: [Face]]>([:])

    init(_ detector: any FaceDetector) { self.detector = detector }

    func detect(in image: PixelBuffer) throws -> [Face] {
        var hasher = Hasher()
        hasher.combine(image.width)
        hasher.combine(image.height)
        for plane in image.planes {
            for row in 0..<plane.height {
                hasher.combine(
                    bytes: UnsafeRawBufferPointer(start: plane.base + row * plane.stride, count: plane.width))
            }
        }
        let key = hasher.finalize()
        if let faces = known.withLock({ $0[key] }) { return faces }
        let faces = try detector.detect(in: image)
        known.withLock { $0[key] = faces }
        return faces
    }
}
