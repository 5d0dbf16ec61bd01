import Foundation
import TestSupport
import VisageCore

/// Frames to record, and what `ffprobe` says of the recordings.
enum TestVideo {
    /// A frame of moving noise on a gradient, the same for the same number.
    static func frame(
        _ number: Int, pts: Duration? = nil, width: Int = 320, height: Int = 240, wall: Date = start,
        matrix: PixelBuffer.Matrix = .bt601
    ) -> Frame {
        let pts = pts ?? .nanoseconds(Int64(number) * 1_000_000_000 / 30)
        return Frame(
            number: number, pts: pts, captured: .now, wall: wall + pts.inSeconds,
            image: image(number, width: width, height: height, matrix: matrix))
    }

    static func image(
        _ number: Int, width: Int = 320, height: Int = 240, matrix: PixelBuffer.Matrix = .bt601
    ) -> PixelBuffer {
        let buffer = PixelBufferPool(width: width, height: height).make(matrix: matrix)
        var noise = UInt32(truncatingIfNeeded: number &+ 1)
        for plane in buffer.planes {
            for y in 0..<plane.height {
                for x in 0..<plane.width {
                    noise = noise &* 1_664_525 &+ 1_013_904_223
                    plane.base[y * plane.stride + x] = UInt8(
                        64 + (x + y + number * 3) % 120 + Int(noise >> 28))
                }
            }
        }
        return buffer
    }

    /// 2026-11-21T09:44:05.123Z
    static let start = Date(timeIntervalSince1970: 1_795_254_245.123)

    /// The times in seconds and key flags of the pictures that can be read, in order.
    static func frames(_ path: String) throws -> [(time: Double, isKey: Bool)] {
        try run([
            "ffprobe", "-v", "quiet", "-select_streams", "v", "-show_entries", "frame=pts_time,key_frame",
            "-of",
            "csv=p=0", path,
        ]).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ",")
            guard parts.count >= 2, let time = Double(parts[1]) else { return nil }
            return (time, parts[0] == "1")
        }
    }

    /// What `ffprobe` says of the stream, as `key=value` lines.
    static func stream(_ path: String) throws -> Set<String> {
        let text = try run([
            "ffprobe", "-v", "quiet", "-select_streams", "v", "-show_entries",
            "stream=codec_name,width,height,pix_fmt,color_range,color_space,has_b_frames", "-of",
            "default=noprint_wrappers=1", path,
        ])
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// What `ffmpeg` complains of when it plays the whole file; empty if nothing.
    static func complaints(_ path: String) throws -> String {
        try run(["sh", "-c", "ffmpeg -v warning -i \"$0\" -f null - 2>&1", path])
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    @discardableResult static func run(_ command: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Into a file: Foundation's reading from a pipe traps when a signal interrupts it, such as SIGCHLD does.
        let scratch = try ScratchFolder()
        let output = scratch.file("output")
        try Data().write(to: output)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failed(description: "failed: \(command)") }
        return text
    }
}
