import Foundation
import Imaging
import Inference
import TestSupport
import Testing
import VisageCore

/// OpenVINO against OpenCV on a real face.
@Suite(.enabled(if: Workspace.hasModels && Workspace.hasMaterial, "\(Workspace.needsMaterial)"), .serialized)
struct EngineAgreementTests {
    /// bf16 has eight bits of mantissa: after dozens of layers 1.2 % (FaceNet) to 2.6 % (YuNet's weakest output).
    static let precisions: [(InferencePrecision, Float)] = [(.f32, 1e-4), (.bf16, 4e-2)]

    /// The portrait, interleaved blue, green, red.
    private func portrait(width: Int, height: Int) throws -> [UInt8] {
        let scaler = Scaler()
        let picture = try Photo.decode(Data(contentsOf: Workspace.Portrait.obama.url))
        var bytes = [UInt8](repeating: 0, count: width * height * 3 + 64)
        try bytes.withUnsafeMutableBufferPointer { bytes in
            try scaler.convert(
                picture, to: .bgr, width: width, height: height, out: #require(bytes.baseAddress),
                stride: width * 3)
        }
        return Array(bytes.dropLast(64))
    }

    /// Runs the model on both engines.
    private func run(
        _ id: String, _ precision: InferencePrecision, input: NetworkInput, outputs: [String],
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws -> (openvino: [[Float]], opencv: [[Float]]) {
        let model = try ModelStore(folder: Workspace.models).model(id)
        let one = try OpenVINOEngine(precision: precision, concurrency: 1)
            .load(model, input: input, outputs: outputs).run(fill)
        let other = try OpenCVEngine(concurrency: 2).load(model, input: input, outputs: outputs).run(fill)
        return (one, other)
    }

    /// Length of the difference in parts of the length.
    private func distance(_ one: [Float], _ other: [Float]) -> Float {
        guard one.count == other.count else { return .infinity }
        let difference = zip(one, other).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / other.reduce(Float(1e-12)) { $0 + $1 * $1 }).squareRoot()
    }

    @Test(arguments: precisions)
    func onFaceNet(precision: InferencePrecision, tolerance: Float) throws {
        let bytes = try portrait(width: 160, height: 160)
        let input = NetworkInput(width: 160, height: 160, layout: .planarFloats)
        let found = try run("facenet-128", precision, input: input, outputs: ["embedding"]) { memory in
            let floats = memory.bindMemory(to: Float.self)
            for index in 0..<25_600 {
                for channel in 0..<3 {
                    floats[channel * 25_600 + index] = (Float(bytes[3 * index + 2 - channel]) - 110) / 60
                }
            }
        }
        #expect(found.openvino.map(\.count) == [128])
        let apart = distance(found.openvino[0], found.opencv[0])
        #expect(apart < tolerance, "\(apart)")
    }

    @Test(arguments: precisions)
    func onYuNet(precision: InferencePrecision, tolerance: Float) throws {
        let bytes = try portrait(width: 320, height: 416)
        let outputs = ["cls", "obj", "bbox", "kps"].flatMap { kind in [8, 16, 32].map { "\(kind)_\($0)" } }
        let input = NetworkInput(width: 320, height: 416, layout: .interleavedBytes)
        let found = try run("yunet-2023mar", precision, input: input, outputs: outputs) {
            $0.copyBytes(from: bytes)
        }
        #expect(found.openvino.map(\.count) == found.opencv.map(\.count))
        // Box and landmarks count where there is a face; elsewhere they are noise.
        var compared = 0
        for (stride, cells) in [2080, 520, 130].enumerated() {
            let isFace = (0..<cells).filter { found.opencv[stride][$0] * found.opencv[stride + 3][$0] > 0.25 }
            compared += isFace.count
            for (kind, size) in [1, 1, 4, 10].enumerated() {
                func values(_ all: [[Float]]) -> [Float] {
                    isFace.flatMap { cell in (0..<size).map { all[3 * kind + stride][cell * size + $0] } }
                }
                let apart = distance(values(found.openvino), values(found.opencv))
                #expect(apart < tolerance, "\(outputs[3 * kind + stride]): \(apart)")
            }
        }
        #expect(compared > 3)
    }
}
