import Capture
import Detection
import Foundation
import Inference
import ModelLoading
import Publishing
import Recognition
import VisageCore

/// Time of each pipeline step when it has a core to itself: the best of five passes over the same frames. Decoding is
/// measured over the whole clip, up to a minute or so of it; the other steps over stretches from all parts of it, for a
/// single scene may cost half as much again as another one.
package struct StepsAlone {
    private static let passes = 5
    /// A second or so each, which is how often the recorder makes a key frame.
    private static let stretches = 5
    private static let stretchFrames = 30
    private static let maxDecodedFrames = 1_800

    /// Milliseconds per call, by step.
    package let milliseconds: [String: Double]

    /// - Throws: `VisageError`.
    package init(clip: String, networks: Networks, detector: DetectorKind, threads: Int) throws {
        let stretches = try Self.stretches(of: clip)
        let images = stretches.flatMap(\.self)
        guard !images.isEmpty else { throw VisageError(.source, "\(clip) has no frame to measure") }
        let detector = try networks.detector(detector, DetectorOptions())
        let embedder = try networks.embedder()
        let faces = try images.flatMap { image in try detector.detect(in: image).prefix(1).map { ($0, image) } }
        var times: [String: Double] = [:]

        times["decode"] = try Self.best {
            let source = try FileSource(path: clip, options: FileSource.Options(pace: .fast))
            var count = 0
            while count < Self.maxDecodedFrames, try source.nextFrame() != nil { count += 1 }
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
            let few = faces.indices.filter { $0 % max(1, faces.count / 20) == 0 }.map { faces[$0] }
            for (face, image) in few { _ = try embedder.sample(face, in: image) }
            return few.count
        }
        times["encode"] = try Self.best {
            for stretch in stretches { try Self.encode(stretch, threads: threads) }
            return images.count
        }
        milliseconds = times
    }

    private static func encode(_ images: [PixelBuffer], threads: Int) throws {
        guard let first = images.first else { return }
        let writer = try VideoFileWriter(
            path: "/dev/null", width: first.width, height: first.height, matrix: first.matrix,
            settings: EncoderSettings(threads: threads))
        for (index, image) in images.enumerated() { try writer.append(image, pts: .milliseconds(index * 33)) }
        try writer.close()
    }

    /// Consecutive frames, at equal distances over the clip; all of a short one. A change of the picture size begins another
    /// stretch.
    private static func stretches(of clip: String) throws -> [[PixelBuffer]] {
        let source = try FileSource(path: clip, options: FileSource.Options(pace: .fast))
        let period = max(stretchFrames, (source.info.frames ?? 0) / stretches)
        var found: [[PixelBuffer]] = []
        while let frame = try source.nextFrame(), frame.number < period * stretches {
            guard frame.number % period < stretchFrames else { continue }
            let (image, before) = (frame.image, found.last?.last)
            if let before, frame.number % period > 0, (before.width, before.height) == (image.width, image.height) {
                found[found.count - 1].append(image)
            } else {
                found.append([image])
            }
        }
        return found
    }

    /// Consecutive frames from the last third of the clip on, where something is to be seen.
    package static func images(of clip: String, count frames: Int) throws -> [PixelBuffer] {
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
