import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Photos in all formats, and what is left of them before they are decoded.
@Suite struct HostilePhotoTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// Made by FFmpeg's program.
    private func photo(_ ending: String, _ options: [String] = [], size: String = "62x46") async throws -> Data {
        let file = scratch.file("photo.\(ending)")
        let source = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=\(size)", "-frames:v", "1"]
        let outcome = try await Program.run("ffmpeg", source + options + [file.path])
        try #require(outcome.exitCode == 0, "\(outcome)")
        return try Data(contentsOf: file)
    }

    @Test(arguments: ["png", "jpg", "webp", "bmp", "tiff", "ppm", "pgm"]) func everyFormatIsDecoded(ending: String)
        async throws
    {
        let picture = try Photo.decode(try await photo(ending))
        #expect(picture.width == 62 && picture.height == 46)
        #expect(picture.luma.samples.min() ?? 255 < 100 && picture.luma.samples.max() ?? 0 > 150)
    }

    /// Where width and height stand in the file, and in how many bytes each.
    @Test(arguments: [
        ("png", 16, 20, 4, true), ("bmp", 18, 22, 4, false), ("webp", 26, 28, 2, false),
    ]) func aHeaderThatClaimsToBeHuge(ending: String, width: Int, height: Int, size: Int, isBig: Bool) async throws {
        var data = try await photo(ending)
        for place in [width, height] {
            for byte in 0..<size { data[place + byte] = (isBig ? byte == 2 : byte == 1) ? 0x3F : 0xFF }
        }
        #expect {
            _ = try Photo.decode(data)
        } throws: { "\($0)".contains("larger than 64 megapixels") && "\($0)".contains("make it smaller") }
    }

    @Test func aJPEGThatClaimsToBeHuge() async throws {
        var data = try await photo("jpg")
        let frame = try #require(data.firstRange(of: Data([0xFF, 0xC0])))
        data.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect { _ = try Photo.decode(data) } throws: { "\($0)".contains("(65535x65535)") }
    }

    /// It has fewer pixels than are allowed, and would take 576 MB as coefficients alone.
    @Test func whatTakesTooMuchMemoryIsRefused() async throws {
        var data = try await photo("jpg", ["-pix_fmt", "yuvj444p"])
        let frame = try #require(data.firstRange(of: Data([0xFF, 0xC0])))
        data.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [0x1F, 0x40, 0x1F, 0x40])
        #expect(try PhotoContent(data).memory < PhotoContent.maxMemory)
        data[frame.lowerBound + 1] = 0xC2
        #expect { _ = try Photo.decode(data) } throws: { "\($0)".contains("MiB of memory") }
    }

    @Test func aFileThatIsTooLargeIsRefused() throws {
        #expect {
            _ = try Photo.decode(Data(count: Photo.maxFileBytes + 1))
        } throws: { "\($0)".contains("larger than 48 MiB") }
        let file = scratch.file("large.png").path
        try #require(FileManager.default.createFile(atPath: file, contents: Data()))
        try #require(truncate(file, Photo.maxFileBytes + 1) == 0)
        #expect { _ = try Photo.read(URL(filePath: file)) } throws: { "\($0)".contains("larger than 48 MiB") }
    }

    /// Each would be unpacked by the decoder; the picture is the same without it.
    @Test func textAndProfilesDoNotReachTheDecoder() async throws {
        let png = try await photo("png")
        let text = Data([0, 0, 0, 9]) + Data("zTXta\0\0bomb!".utf8.prefix(13)) + Data([1, 2, 3, 4])
        let more = png.prefix(33) + text + png.dropFirst(33)
        #expect(try Photo.decode(Data(more)).luma.samples == Photo.decode(png).luma.samples)
        let jpeg = try await photo("jpg")
        let segments = [0xE1, 0xE2, 0xED, 0xFE].map { marker in
            Data([0xFF, marker, 0xFF, 0xFF]) + Data(repeating: 0xD8, count: 65_533)
        }
        let larger = jpeg.prefix(2) + segments.reduce(Data(), +) + jpeg.dropFirst(2) + Data(repeating: 0xFF, count: 9)
        #expect(try Photo.decode(Data(larger)).luma.samples == Photo.decode(jpeg).luma.samples)
        #expect(try PhotoContent(Data(larger)).packetSize <= jpeg.count)
    }

    @Test(arguments: ["png", "jpg", "webp", "bmp", "tiff", "ppm"]) func mutatedPhotos(ending: String) async throws {
        var random = SeededRandom(18)
        let whole = try await photo(ending)
        for _ in 0..<1000 {
            var data = Mutation.bytes(whole, &random)
            if Bool.random(using: &random), !data.isEmpty { data = Mutation.bytes(data, &random) }
            do {
                _ = try Photo.decode(data)
            } catch {
                #expect((error as? VisageError)?.code == .unreadable)
            }
        }
    }

    @Test func photosWaitUntilThereIsMemory() {
        let memory = PhotoMemory(limit: 100)
        let used = Mutex(0)
        let highest = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            let size = 30 + index % 3 * 10
            memory.with(size) {
                let now = used.withLock { used in
                    used += size
                    return used
                }
                highest.withLock { $0 = max($0, now) }
                used.withLock { $0 -= size }
            }
        }
        #expect(highest.withLock { $0 } <= 100)
        #expect(memory.with(1000) { true }, "alone")
    }
}
