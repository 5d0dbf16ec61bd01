import Synchronization
import VisageCore

/// Caches detections by image, for comparing many embedders on the same photos.
final class CachingDetector: FaceDetector {
    private let detector: any FaceDetector
    private let known = Mutex<[Int: [Face]]>([:])

    init(_ detector: any FaceDetector) { self.detector = detector }

    func detect(in image: PixelBuffer) throws -> [Face] {
        let key = image.fingerprint
        if let faces = known.withLock({ $0[key] }) { return faces }
        let faces = try detector.detect(in: image)
        known.withLock { $0[key] = faces }
        return faces
    }
}

extension PixelBuffer {
    /// A hash of the samples, valid within one run of the program.
    var fingerprint: Int {
        var hasher = Hasher()
        hasher.combine(width)
        hasher.combine(height)
        for plane in planes {
            for row in 0..<plane.height {
                hasher.combine(
                    bytes: UnsafeRawBufferPointer(start: plane.base + row * plane.stride, count: plane.width))
            }
        }
        return hasher.finalize()
    }
}
