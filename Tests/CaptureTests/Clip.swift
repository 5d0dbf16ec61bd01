import Foundation
import TestSupport

/// Video files made on the spot with the `ffmpeg` command.
struct Clip {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    func path(_ name: String) -> String { folder.file(name).path }

    /// Runs `ffmpeg` with `arguments` (split at spaces) and the output file's name after them.
    /// - Returns: the path of the file made.
    @discardableResult func make(_ name: String, _ arguments: String) throws -> String {
        let words = arguments.split(separator: " ").map {
            String($0.replacing("@/", with: folder.url.path + "/"))
        }
        try Clip.run(["ffmpeg", "-v", "error", "-y"] + words + [path(name)])
        return path(name)
    }

    /// A moving test picture, 25 frames a second, a key frame every 5, in H.264.
    @discardableResult
    func h264(_ name: String = "clip.mp4", size: String = "320x240", frames: Int = 25, _ more: String = "")
        throws
        -> String
    {
        try make(
            name,
            "-f lavfi -i testsrc2=size=\(size):rate=25 -frames:v \(frames) -pix_fmt yuv420p -c:v libx264 -g 5 "
                + "-preset ultrafast " + more)
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(description: "failed: \(command)") }
    }
}
