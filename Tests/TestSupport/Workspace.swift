import Foundation

/// Where the test material lies. Models come by `make models`, photos and the clip by `make material`; `make test`
/// brings both. A test that needs them says so with `.enabled(if:)`, so that it shows as skipped without them.
public enum Workspace {
    /// The package's folder.
    public static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    public static let models = folder.appending(path: "Models", directoryHint: .isDirectory)
    public static let demoFaces = folder.appending(path: "demo/faces", directoryHint: .isDirectory)
    public static let clip = folder.appending(path: "demo/clip.mp4")

    public static let hasModels = ["facenet-128.onnx", "facenet-128.int8.onnx", "yunet-2023mar.onnx"].allSatisfy {
        exists(models.appending(path: $0))
    }
    public static let hasMaterial = Portrait.allCases.allSatisfy { exists($0.url) } && exists(clip)

    public static let needsModels = "The models are not here; run `make every-model`"
    public static let needsMaterial = "Models, photos and clip are not all here; run `make every-model material`"

    /// The public-domain portraits to learn from.
    public enum Portrait: String, CaseIterable, Sendable {
        case obama = "Barack Obama/obama.jpg"
        case obama2 = "Barack Obama/obama2.jpg"
        case biden = "Joe Biden/biden.jpg"

        public var url: URL { demoFaces.appending(path: rawValue) }
    }

    /// A frame of the demonstration clip as a PNG file's content.
    public static func clipFrame(second: Double) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "ffmpeg", "-v", "error", "-ss", "\(second)", "-i", clip.path, "-frames:v", "1", "-c:v", "png",
            "-f",
            "image2pipe", "-",
        ]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return data
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
