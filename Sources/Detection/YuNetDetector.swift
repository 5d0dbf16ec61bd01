import Foundation
import Imaging
import Inference
import VisageCore

/// YuNet (2023mar): faces with five landmarks at any input size. The outputs and their decoding are those of the
/// OpenCV Zoo's network: per cell of strides 8, 16 and 32 a class and an object score, box and landmarks as offsets.
final class YuNetDetector: SteppedDetector {
    /// As in OpenCV's own YuNet example.
    static let suppressionOverlap = 0.3
    private static let strides = [8, 16, 32]

    private let engine: any InferenceEngine
    private let model: Model
    private let options: DetectorOptions
    private let scaler = Scaler()
    /// One network for each size of input. There is room for all that can occur, so that a source that changes its size
    /// again and again takes no other camera's network away.
    private let networks = LoadingCache<InputSize, any Network>(capacity: DetectionInput.shapeCount)

    private struct InputSize: Hashable {
        let width: Int
        let height: Int
    }

    init(_ model: Model, engine: any InferenceEngine, options: DetectorOptions) {
        self.engine = engine
        self.model = model
        self.options = options
    }

    func detect(in image: PixelBuffer) throws -> [Face] {
        let input = DetectionInput(
            frameWidth: image.width, frameHeight: image.height, longSide: options.input, square: options.square)
        let outputs = try network(for: input).run { bytes in
            try ProcessorMeter.scaling.timed { try Self.write(image, as: input, into: bytes, scaler: scaler) }
        }
        var faces: [Face] = []
        for (index, stride) in Self.strides.enumerated() {
            decode(
                stride: stride, columns: input.width / stride, scores: (outputs[index], outputs[index + 3]),
                boxes: outputs[index + 6], landmarks: outputs[index + 9], into: &faces)
        }
        let scaleX = Double(image.width) / Double(input.scaledWidth)
        let scaleY = Double(image.height) / Double(input.scaledHeight)
        return nonMaximumSuppression(faces, overlap: Self.suppressionOverlap).map { $0.scaled(scaleX, scaleY) }
    }

    func prepare(width: Int, height: Int) throws {
        _ = try network(
            for: DetectionInput(
                frameWidth: width, frameHeight: height, longSide: options.input, square: options.square))
    }

    func scale(_ image: PixelBuffer) throws {
        let input = DetectionInput(
            frameWidth: image.width, frameHeight: image.height, longSide: options.input, square: options.square)
        var scratch = [UInt8](repeating: 0, count: input.width * input.height * 3)
        try scratch.withUnsafeMutableBytes { try Self.write(image, as: input, into: $0, scaler: scaler) }
    }

    /// Blocks while the network is compiled, which other cameras' detection does not wait for.
    private func network(for input: DetectionInput) throws -> any Network {
        try networks.value(for: InputSize(width: input.width, height: input.height)) {
            let names = ["cls", "obj", "bbox", "kps"].flatMap { kind in Self.strides.map { "\(kind)_\($0)" } }
            return try engine.load(
                model, input: NetworkInput(width: input.width, height: input.height, layout: .interleavedBytes),
                outputs: names)
        }
    }

    /// Scales the frame into the input; pixels beside it, which an earlier frame may have written, become black.
    static func write(
        _ image: PixelBuffer, as input: DetectionInput, into bytes: UnsafeMutableRawBufferPointer, scaler: Scaler
    ) throws {
        let stride = input.width * 3
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        if input.scaledHeight == input.height {
            // libswscale's vector code may write a little past the last row, which here ends the network's memory.
            var padded = [UInt8](repeating: 0, count: bytes.count + 64)
            try padded.withUnsafeMutableBufferPointer { padded in
                guard let scratch = padded.baseAddress else { return }
                try scaler.convert(
                    image, to: .bgr, width: input.scaledWidth, height: input.scaledHeight, out: scratch,
                    stride: stride)
            }
            padded.withUnsafeBytes { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<bytes.count])) }
        } else {
            try scaler.convert(
                image, to: .bgr, width: input.scaledWidth, height: input.scaledHeight, out: base, stride: stride)
            memset(base + input.scaledHeight * stride, 0, (input.height - input.scaledHeight) * stride)
        }
        if input.scaledWidth < input.width {
            for row in 0..<input.scaledHeight {
                memset(base + row * stride + input.scaledWidth * 3, 0, (input.width - input.scaledWidth) * 3)
            }
        }
    }

    private func decode(
        stride: Int, columns: Int, scores: (classes: [Float], objects: [Float]), boxes: [Float],
        landmarks: [Float], into faces: inout [Face]
    ) {
        let minimum = options.minimumScore ?? DetectorKind.yunet.scores.weak
        let threshold = Float(minimum * minimum)
        for cell in scores.classes.indices {
            let product = min(max(scores.classes[cell], 0), 1) * min(max(scores.objects[cell], 0), 1)
            guard product >= threshold else { continue }
            let row = Double(cell / columns)
            let column = Double(cell % columns)
            let size = Double(stride)
            let width = exp(Double(boxes[4 * cell + 2])) * size
            let height = exp(Double(boxes[4 * cell + 3])) * size
            let centerX = (column + Double(boxes[4 * cell])) * size
            let centerY = (row + Double(boxes[4 * cell + 1])) * size
            guard width.isFinite, height.isFinite, centerX.isFinite, centerY.isFinite else { continue }
            func point(_ index: Int) -> Point {
                Point(
                    x: (column + Double(landmarks[10 * cell + 2 * index])) * size,
                    y: (row + Double(landmarks[10 * cell + 2 * index + 1])) * size)
            }
            faces.append(
                Face(
                    box: BoundingBox(
                        x: centerX - width / 2, y: centerY - height / 2, width: width, height: height),
                    landmarks: Landmarks(
                        rightEye: point(0), leftEye: point(1), nose: point(2), rightMouth: point(3),
                        leftMouth: point(4)),
                    score: Double(product.squareRoot())))
        }
    }
}

extension Face {
    /// The face in a picture that is scaled by `x` and `y`.
    func scaled(_ x: Double, _ y: Double) -> Face {
        func point(_ point: Point) -> Point { Point(x: point.x * x, y: point.y * y) }
        return Face(
            box: BoundingBox(x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y),
            landmarks: landmarks.map {
                Landmarks(
                    rightEye: point($0.rightEye), leftEye: point($0.leftEye), nose: point($0.nose),
                    rightMouth: point($0.rightMouth), leftMouth: point($0.leftMouth))
            },
            score: score)
    }
}
