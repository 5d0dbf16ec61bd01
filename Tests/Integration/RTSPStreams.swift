import Foundation
import TestSupport
import Testing

/// What the test's RTSP camera shows: eight seconds of the clip in which Barack Obama and two strangers are seen, there
/// and back again so that it goes round without a jump, at 15 frames a second with a key frame each second.
///
/// Every picture carries its number in the upper left corner, in squares: one white, then seven bits, the lowest first.
enum RTSPStreams {
    static let rate = 15
    /// Pictures in one round.
    static let count = 120
    /// Of a square of the number, in pixels of the main size.
    static let square = 16
    static let size = (width: 640, height: 360)
    static let otherSize = (width: 768, height: 432)
    /// Files of the camera's folder.
    static let names = RTSPCameraUnderTest.Codec.allCases.flatMap { ["main.\($0)", "other.\($0)"] }

    /// The number of a picture, from its luma.
    static func number(_ luma: (_ x: Int, _ y: Int) -> UInt8) -> Int {
        (0..<7).reduce(0) { sum, bit in
            sum | (luma((bit + 1) * square + square / 2, square / 2) > 128 ? 1 << bit : 0)
        }
    }

    /// Makes them in the material's folder, once.
    /// - Returns: the folder.
    static func make(_ material: Material) async throws -> URL {
        let folder = material.folder.file("streams")
        guard !FileManager.default.fileExists(atPath: folder.path) else { return folder }
        let part = material.folder.file("streams.part")
        try? FileManager.default.removeItem(at: part)
        try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
        var arguments = ["-ss", "28.4", "-t", "4", "-i", Workspace.clip.path, "-filter_complex", filter]
        for (name, size) in [("main", size), ("other", otherSize)] {
            for codec in RTSPCameraUnderTest.Codec.allCases {
                arguments += ["-map", "[\(codec)\(size.width)]"] + encoder(codec)
                arguments.append(part.appending(path: "\(name).\(codec)").path)
            }
        }
        try await Video.ffmpeg(arguments)
        try FileManager.default.moveItem(at: part, to: folder)
        return folder
    }

    private static var filter: String {
        // Drawn at the clip's size, which is twice the main one.
        func square(_ place: Int, width: Int = 1, _ color: String, when condition: String = "1") -> String {
            let side = 2 * Self.square
            return "drawbox=\(place * side):0:\(width * side):\(side):\(color):t=fill:enable='\(condition)'"
        }
        let bits = (0..<7).map { square($0 + 1, "white", when: "mod(floor(n/\(1 << $0)),2)") }
        let squares = [square(0, width: 9, "black"), square(0, "white")] + bits
        var graph = "fps=\(rate),split[a][b];[b]reverse[c];[a][c]concat,\(squares.joined(separator: ",")),split"
        for size in [size, otherSize] {
            graph += "[s\(size.width)]"
        }
        for size in [size, otherSize] {
            let width = size.width
            graph +=
                ";[s\(width)]scale=\(width):\(size.height),format=yuv420p,split=3[h264\(width)][h265\(width)][j\(width)]"
            graph += ";[j\(width)]scale=out_range=pc,format=yuvj420p[mjpeg\(width)]"
        }
        return graph
    }

    private static func encoder(_ codec: RTSPCameraUnderTest.Codec) -> [String] {
        switch codec {
        case .h264:
            let keys = "keyint=\(rate):min-keyint=\(rate):scenecut=0:bframes=0:aud=1:repeat-headers=1"
            return ["-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-x264-params", keys, "-f", "h264"]
        case .h265:
            let keys = "keyint=\(rate):min-keyint=\(rate):scenecut=0:bframes=0:open-gop=0:aud=1:repeat-headers=1"
            return ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "27"]
                + ["-x265-params", keys + ":log-level=none", "-f", "hevc"]
        case .mjpeg:
            // RTP has no room for Huffman tables of one's own.
            return ["-c:v", "mjpeg", "-q:v", "6", "-huffman", "default", "-f", "mjpeg"]
        }
    }
}
