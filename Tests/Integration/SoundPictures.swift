import Foundation
import TestSupport
import Testing

/// Tells whether pictures that came over a network are those that the camera showed: each says by its number which one
/// it is, and has to look like it everywhere.
struct SoundPictures {
    /// What a recorded picture is.
    enum Finding: Equatable {
        case sound(number: Int)
        /// Differs in so many blocks.
        case damaged(number: Int, blocks: Int)
    }

    /// A rectangle of the picture, in pixels.
    struct Area {
        var left: Double, top: Double, right: Double, bottom: Double

        func overlaps(_ other: Area) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    private static let block = 16
    /// Mean difference of luma in a block. Twice encoded, sound ones stay under 10; parts of another picture, or gray,
    /// differ more.
    private static let tolerance = 20

    private let width = RTSPStreams.size.width
    private let height = RTSPStreams.size.height
    private let reference: [[UInt8]]

    /// - Parameter material: what the camera was made from.
    init(_ material: Material) async throws {
        let streams = try await RTSPStreams.make(material)
        reference = try await Self.lumas(streams.appending(path: "main.h264").path)
        try #require(reference.count == RTSPStreams.count)
    }

    /// Looks at every picture of a video.
    /// - Parameter drawn: where something was drawn onto the picture with this index
    func findings(in video: String, drawn: (Int) -> [Area] = { _ in [] }) async throws -> [Finding] {
        try await Self.lumas(video).enumerated().map { index, luma in
            let number = RTSPStreams.number { luma[$1 * width + $0] }
            let blocks = number < reference.count ? damage(luma, reference[number], drawn(index)) : Int.max
            return blocks == 0 ? .sound(number: number) : .damaged(number: number, blocks: blocks)
        }
    }

    private func damage(_ luma: [UInt8], _ expected: [UInt8], _ drawn: [Area]) -> Int {
        var blocks = 0
        // The row of the number is not looked at.
        for top in stride(from: Self.block, through: height - Self.block, by: Self.block) {
            for left in stride(from: 0, to: width, by: Self.block) {
                let area = Area(
                    left: Double(left), top: Double(top), right: Double(left + Self.block),
                    bottom: Double(top + Self.block))
                if drawn.contains(where: { $0.overlaps(area) }) { continue }
                var sum = 0
                for y in top..<(top + Self.block) {
                    for x in left..<(left + Self.block) {
                        sum += abs(Int(luma[y * width + x]) - Int(expected[y * width + x]))
                    }
                }
                if sum > Self.tolerance * Self.block * Self.block { blocks += 1 }
            }
        }
        return blocks
    }

    /// The luma of every picture.
    private static func lumas(_ video: String) async throws -> [[UInt8]] {
        let folder = try ScratchFolder()
        let raw = folder.file("raw")
        // Pictures that are of another size are wrong in any case, and show as such.
        let size = "scale=\(RTSPStreams.size.width):\(RTSPStreams.size.height):out_range=tv"
        try await Video.ffmpeg([
            "-i", video, "-vf", size, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", raw.path,
        ])
        let bytes = [UInt8](try Data(contentsOf: raw))
        let luma = RTSPStreams.size.width * RTSPStreams.size.height
        return stride(from: 0, to: bytes.count, by: luma * 3 / 2).map { Array(bytes[$0..<($0 + luma)]) }
    }
}
