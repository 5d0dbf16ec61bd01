import Capture
import Foundation
import TestSupport
import Testing
import VisageCore

/// What becomes of the bytes that a camera delivers.
@Suite struct V4L2ReaderTests {
    private static let (width, height) = (96, 64)

    private func reader(
        _ format: V4L2Format, stride: Int = 0, isFullRange: Bool = false, isBT709: Bool = false
    ) throws -> any V4L2Reader {
        try V4L2Mode(
            format: format, size: .init(Self.width, Self.height), stride: stride, isFullRange: isFullRange,
            isBT709: isBT709
        ).reader("test")
    }

    /// Reads bytes as a device has them, which writes over them as soon as it may.
    private func read(_ bytes: [UInt8], _ reader: any V4L2Reader) throws -> PixelBuffer? {
        var bytes = bytes
        return try bytes.withUnsafeMutableBytes { memory in
            var released = 0
            let image = try reader.read(UnsafeRawBufferPointer(memory)) {
                released += 1
                memory.withMemoryRebound(to: UInt8.self) { $0.update(repeating: 0) }
            }
            #expect(released == 1)
            return image
        }
    }

    /// Luma grows along the rows; blue and red differ.
    private func raw(_ format: V4L2Format, stride: Int) -> [UInt8] {
        let (width, height) = (Self.width, Self.height)
        func row(_ samples: [UInt8], _ stride: Int) -> [UInt8] {
            samples + [UInt8](repeating: 99, count: stride - samples.count)
        }
        let luma = (0..<width).map { UInt8(60 + $0) }
        let rows = Array(repeating: row(luma, stride), count: height).flatMap { $0 }
        func chroma(_ samples: [UInt8], _ stride: Int) -> [UInt8] {
            Array(repeating: row(samples, stride), count: height / 2).flatMap { $0 }
        }
        switch format {
        case .yu12:
            return rows + chroma(Array(repeating: 100, count: width / 2), stride / 2)
                + chroma(Array(repeating: 160, count: width / 2), stride / 2)
        case .nv12:
            return rows + chroma((0..<width).map { $0 % 2 == 0 ? 100 : 160 }, stride)
        default:
            let pairs: [UInt8] = zip(luma.indices, luma).flatMap { [$1, $0 % 2 == 0 ? 100 : 160] as [UInt8] }
            return Array(repeating: row(pairs, stride), count: height).flatMap { $0 }
        }
    }

    /// Numbers of 32 bits as a driver may give them, found by fuzzing.
    @Test(arguments: [(3_221_225_567, 64, 0), (96, 4_294_967_295, 0), (2, 1, 3_000_000_000)])
    func aModeThatNoCameraHasIsRefused(_ width: Int, _ height: Int, _ stride: Int) {
        for format in [V4L2Format.yu12, .nv12, .yuyv] {
            #expect(throws: VisageError.self) {
                try V4L2Mode(format: format, size: .init(width, height), stride: stride).reader("test")
            }
        }
    }

    @Test(arguments: [V4L2Format.yu12, .nv12, .yuyv], [0, 32])
    func uncompressedPicturesAreCopied(_ format: V4L2Format, _ padding: Int) throws {
        let stride = (format == .yuyv ? 2 * Self.width : Self.width) + padding
        let reader = try reader(format, stride: stride)
        let bytes = raw(format, stride: stride)
        let image = try #require(try read(bytes, reader))
        #expect(image.width == Self.width && image.height == Self.height && image.matrix == .bt601)
        #expect(image.luma.samples == (0..<Self.height).flatMap { _ in (0..<Self.width).map { UInt8(60 + $0) } })
        #expect(image.cb.samples.allSatisfy { $0 == 100 } && image.cr.samples.allSatisfy { $0 == 160 })
        // The padding of the last row may be missing, and nothing else.
        #expect(try read(Array(bytes.dropLast(format == .yu12 ? padding / 2 : padding)), reader) != nil)
        #expect(try read(Array(bytes.dropLast(padding + 2)), reader) == nil)
        #expect(try read([], reader) == nil)
        #expect(try read(bytes, reader) != nil)
    }

    /// Pictures that end where the device's memory does, as narrow as none that a camera has; found by fuzzing.
    @Test(arguments: [V4L2Format.yu12, .nv12, .yuyv], [1, 2, 7, 31, 33, 66])
    func nothingIsReadBehindTheMemoryOfTheDevice(_ format: V4L2Format, _ width: Int) throws {
        let page = Int(getpagesize())
        let memory = try #require(mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(memory, 2 * page) }
        #expect(mprotect(memory + page, page, PROT_NONE) == 0)
        let stride = format == .yuyv ? 2 * (width + width % 2) : width + width % 2
        let count = format == .yuyv ? stride * 10 : stride * 15
        let reader = try V4L2Mode(
            format: format, size: .init(width, 10), stride: stride, isFullRange: true, isBT709: false
        ).reader("test")
        let bytes = UnsafeRawBufferPointer(start: memory + page - count, count: count)
        let image = try #require(try reader.read(bytes) {})
        #expect((image.width, image.height) == (width, 10))
    }

    @Test func fullRangeBecomesLimited() throws {
        let stride = Self.width
        let image = try #require(
            try read(raw(.yu12, stride: stride), try reader(.yu12, isFullRange: true, isBT709: true)))
        #expect(image.matrix == .bt709)
        // 60 of 255 lies at 16 + 60 * 219 / 255.
        #expect(abs(Int(image.luma[0, 0]) - 68) <= 1)
    }

    /// Also with restart markers, at which a decoder could take up the thread again.
    @Test(arguments: ["-threads 1", "-threads 4 -slices 4"])
    func damagedJPEGIsLeftOutAndTheNextOneIsRead(_ options: String) throws {
        let clip = try Clip()
        let file = try clip.make(
            "one.jpg", "-f lavfi -i testsrc2=size=96x64:rate=1 -frames:v 1 -pix_fmt yuvj422p -q:v 3 " + options)
        let sound = Array(try Data(contentsOf: URL(filePath: file)))
        let reader = try reader(.mjpg)
        let middle = sound.count / 2
        let image = try #require(try read(sound, reader))
        #expect(image.width == Self.width && image.height == Self.height)
        let damaged: [[UInt8]] = [
            // Cut short, with and without an end; without a beginning; with a hole; and no image at all.
            Array(sound[..<middle]), Array(sound[..<middle]) + [0xFF, 0xD9], Array(sound[2...]),
            Array(sound[..<(middle - 300)]) + Array(sound[(middle + 300)...]),
            Array(sound[..<middle]) + [UInt8](repeating: 0, count: sound.count - middle),
            [0xFF, 0xD8, 0xFF, 0xD9], [0xFF, 0xD8, 0, 0, 0xFF, 0xD9], [UInt8](repeating: 0x55, count: 500), [],
        ]
        for bytes in damaged {
            #expect(try read(bytes, reader) == nil, "\(bytes.count) bytes")
            let next = try #require(try read(sound + [0, 0, 0, 0], reader))
            #expect(next.luma.samples == image.luma.samples)
        }
    }

    /// Nothing is shown before the first key frame, nor between a loss and the next one.
    @Test func h264IsHeldBackUntilTheNextKeyFrame() throws {
        let clip = try Clip()
        let file = try clip.make(
            "clip.h264",
            "-f lavfi -i testsrc2=size=96x64:rate=25 -frames:v 15 -pix_fmt yuv420p -c:v libx264 -g 5 -bf 0 "
                + "-preset ultrafast -x264-params aud=1:scenecut=0:repeat-headers=1")
        let pictures = try Self.split(Data(contentsOf: URL(filePath: file)))
        try #require(pictures.count == 15)
        let reader = try reader(.h264)
        var shown: [Int] = []
        for (number, picture) in pictures.enumerated() where number >= 2 {
            if number == 7 { reader.lost() }
            // Half of it is not there.
            let bytes = number == 11 ? Array(picture.prefix(picture.count / 2)) : picture
            if try read(bytes, reader) != nil { shown.append(number) }
        }
        #expect(shown == [5, 6, 10])
    }

    /// The pictures of a stream of H.264 in which each begins with an access unit delimiter.
    private static func split(_ data: Data) -> [[UInt8]] {
        let bytes = Array(data)
        let starts = bytes.indices.dropLast(4).filter { Array(bytes[$0..<($0 + 5)]) == [0, 0, 0, 1, 9] }
        return zip(starts, starts.dropFirst() + [bytes.count]).map { Array(bytes[$0..<$1]) }
    }
}
