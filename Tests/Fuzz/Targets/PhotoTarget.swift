import Foundation
import Imaging
import TestSupport
import VisageCore

/// Photos that somebody put into a folder of faces.
struct PhotoTarget: FuzzTarget {
    static let name = "photo"
    static let maxBytes = 8_192

    /// One file of each format that is read.
    static func seeds() throws -> [[UInt8]] {
        let codecs = ["mjpeg", "png", "libwebp", "bmp", "tiff", "jpeg2000", "ppm", "pgm", "sunrast"]
        return try codecs.map { try FFmpegSeeds.encode(["-frames:v", "1", "-c:v", $0, "-f", "image2pipe"]) }
    }

    func run(_ bytes: [UInt8]) throws {
        let picture = try Photo.decode(Data(bytes))
        Invariant.require(picture.width > 0 && picture.height > 0, "a picture without pixels")
        Touch.all(picture)
    }
}

/// Reads what a parser gives, so that AddressSanitizer notices planes that are smaller than they say.
enum Touch {
    static func all(_ picture: PixelBuffer) {
        var sum: UInt64 = 0
        for plane in picture.planes {
            for row in 0..<plane.height {
                sum &+=
                    UInt64(plane.base[row * plane.stride]) &+ UInt64(plane.base[row * plane.stride + plane.width - 1])
            }
        }
        // So that the optimizer keeps it.
        if sum == .max { print(sum) }
    }
}

/// Small files made by the `ffmpeg` program, which the build has installed anyway.
enum FFmpegSeeds {
    /// - Parameter arguments: how to encode a test picture of 32 x 32
    static func encode(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=32x32:rate=25"] + arguments + ["-"]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, !data.isEmpty else {
            throw VisageError(.engine, "ffmpeg cannot make a seed with \(arguments.joined(separator: " "))")
        }
        return Array(data)
    }
}
