import Capture
import Detection
import Foundation
import Inference
import ModelLoading
import Publishing
import Recognition
import VisageCore

/// Time of each pipeline step when it has a core to itself: the best of five passes over the same frames.
package struct StepsAlone {
    private static let passes = 5
    private static let frames = 60

    /// Milliseconds per call, by step.
    package let milliseconds: [String: Double]

    /// - Throws: `VisageError`.
    package init(clip: String, networks: Networks, detector: DetectorKind, threads: Int) throws {
        let images = try Self.images(of: clip)
        guard let first = images.first else { throw VisageError(.source, "\(clip) has no frame to measure") }
        let detector = try networks.detector(detector, DetectorOptions())
        let embedder = try networks.embedder()
        let faces = try images.flatMap { image in try detector.detect(in: image).prefix(1).map { ($0, image) } }
        var times: [String: Double] = [:]

        times["decode"] = try Self.best {
            let source = try FileSource(path: clip, options: FileSource.Options(pace: .fast))
            var count = 0
            while count < 4 * Self.frames, try source.nextFrame() != nil { count += 1 }
            return count
        }
        times["scale"] = try Self.best {
            for image in images { try detector.scale(image) }
            return images.count
        }
        let scaleAndDetect = try Self.best {
            for image in images { _ = try detector.detect(in: image) }
            return images.count
        }
        times["detect"] = scaleAndDetect - (times["scale"] ?? 0)
        times["embed"] = try Self.best {
            for (face, image) in faces.prefix(20) { _ = try embedder.sample(face, in: image) }
            return min(20, faces.count)
        }
        times["encode"] = try Self.best {
            let writer = try VideoFileWriter(
                path: "/dev/null", width: first.width, height: first.height, matrix: first.matrix,
                settings: EncoderSettings(threads: threads))
            for (index, image) in images.enumerated() {
                try writer.append(image, pts: .milliseconds(index * 33))
            }
            try writer.close()
            return images.count
        }
        milliseconds = times
    }

    /// Consecutive frames from the last third of the clip on, where something is to be seen.
    package static func images(of clip: String, count frames: Int = frames) throws -> [PixelBuffer] {
        let source = try FileSource(path: clip, options: FileSource.Options(pace: .fast))
        let skipped = max(0, (source.info.frames ?? 0) * 2 / 3 - frames)
        var images: [PixelBuffer] = []
        while images.count < frames, let frame = try source.nextFrame() {
            if frame.number >= skipped { images.append(frame.image) }
        }
        return images
    }

    /// Milliseconds per call in the fastest pass.
    /// - Parameter pass: returns its number of calls; 0 if there is nothing to measure.
    package static func best(_ pass: () throws -> Int) throws -> Double {
        var best = Double.infinity
        for _ in 0..<passes {
            let start = MonotonicTime.now
            let calls = try pass()
            guard calls > 0 else { return 0 }
            best = min(best, (MonotonicTime.now - start).milliseconds / Double(calls))
        }
        return best
    }
}
