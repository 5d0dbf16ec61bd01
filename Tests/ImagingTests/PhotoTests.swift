import Foundation
import Imaging
import TestSupport
import Testing
import VisageCore

@Suite struct PhotoTests {
    private let scaler = Scaler()
    /// Black on the left, white on the right.
    private let halves = Pictures.picture(width: 64, height: 32, luma: { x, _ in x < 32 ? 16 : 235 })

    private func encoded(_ picture: PixelBuffer, _ format: Photo.Format) throws -> Data {
        Data(try Photo.encode(picture, as: format, quality: 95, scaler: scaler))
    }

    /// The JPEG with an EXIF block that holds nothing but an orientation.
    private func rotated(_ jpeg: Data, orientation: UInt8) -> Data {
        let tiff: [UInt8] = [
            0x4d, 0x4d, 0, 42, 0, 0, 0, 8,  // big-endian, the first directory at 8
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,  // one entry: orientation, a short
            0, 0, 0, 0,
        ]
        let body = Array("Exif\0\0".utf8) + tiff
        return jpeg.prefix(2) + [0xff, 0xe1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2)
    }

    @Test func whatIsEncodedComesBack() throws {
        let picture = Pictures.picture(
            width: 61, height: 43, luma: { x, y in UInt8(40 + 2 * x + y) }, cb: { x, _ in UInt8(100 + x) })
        let back = try Photo.decode(encoded(picture, .png))
        #expect(back.width == 61 && back.height == 43)
        for (one, other) in zip(picture.luma.samples, back.luma.samples) {
            #expect(abs(Int(one) - Int(other)) <= 3)
        }
        let jpeg = try Photo.decode(encoded(picture, .jpeg))
        for (one, other) in zip(picture.luma.samples, jpeg.luma.samples) {
            #expect(abs(Int(one) - Int(other)) <= 12)
        }
    }

    @Test func formatsAreWhatTheySay() throws {
        #expect(try encoded(halves, .jpeg).starts(with: [0xff, 0xd8, 0xff]))
        #expect(try encoded(halves, .png).starts(with: [0x89, 0x50, 0x4e, 0x47]))
    }

    /// Where black is after the turn: left, right, top or bottom.
    @Test(arguments: [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")] as [(UInt8, String)])
    func photosAreTurnedUpright(orientation: UInt8, black: String) throws {
        let picture = try Photo.decode(
            rotated(encoded(halves, .jpeg), orientation: orientation))
        let upright = black == "left" || black == "right"
        #expect(picture.width == (upright ? 64 : 32) && picture.height == (upright ? 32 : 64))
        let (w, h) = (picture.width, picture.height)
        let points = [
            "left": (4, h / 2), "right": (w - 4, h / 2), "top": (w / 2, 4), "bottom": (w / 2, h - 4),
        ]
        let opposite = ["left": "right", "right": "left", "top": "bottom", "bottom": "top"]
        let (x, y) = try #require(points[black])
        let (farX, farY) = try #require(opposite[black].flatMap { points[$0] })
        #expect(picture.luma[x, y] < 40)
        #expect(picture.luma[farX, farY] > 200)
    }

    @Test(arguments: ["", "this is no picture", "\u{ff}\u{d8}\u{ff}", "GIF89a"])
    func whatIsNoPictureIsRefused(content: String) {
        let data = content.data(using: .isoLatin1) ?? Data()
        #expect {
            _ = try Photo.decode(data)
        } throws: { error in
            let error = error as? VisageError
            return error?.code == .unreadable && error?.cause?.isEmpty == false
        }
    }

    @Test func anEmptyFileIsCalledEmpty() {
        #expect {
            _ = try Photo.decode(Data())
        } throws: { "\($0)".contains("empty") }
    }

    /// Cut at every kind of place: in the header, in the tables, in the picture.
    @Test(arguments: [Photo.Format.jpeg, .png])
    func cutPhotosAreRefusedOrWhole(format: Photo.Format) throws {
        let whole = try encoded(halves, format)
        for share in stride(from: 0.02, to: 1, by: 0.07) {
            let cut = whole.prefix(Int(Double(whole.count) * share))
            do {
                let picture = try Photo.decode(Data(cut))
                #expect(picture.width == 64 && picture.height == 32, "\(share)")
            } catch let error as VisageError {
                #expect(error.code == .unreadable, "\(share): \(error)")
            }
        }
        #expect(throws: VisageError.self) { try Photo.decode(whole.prefix(40)) }
    }

    /// A PNG of a hundred bytes that claims to be 100,000 x 100,000 pixels.
    @Test func aPictureThatClaimsToBeHugeIsRefused() throws {
        var data = try encoded(halves, .png)
        data.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0])
        let check = crc(data[12..<29])
        data.replaceSubrange(29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: check >> (24 - 8 * $0)) })
        #expect { _ = try Photo.decode(data) } throws: {
            ($0 as? VisageError)?.code == .unreadable && "\($0)".contains("larger than 64 megapixels (100000x100000)")
        }
    }

    /// PNG's checksum of a chunk.
    private func crc(_ bytes: Data) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
        }
    }

    @Test(arguments: [(1, 1), (1, 300), (300, 1), (2, 2), (3, 5)])
    func tinyPhotosAreReadWhole(width: Int, height: Int) throws {
        let picture = try Photo.decode(
            encoded(Pictures.plain(width: width, height: height, y: 120), .png))
        #expect(picture.width == width && picture.height == height)
        #expect(picture.luma.samples.allSatisfy { abs(Int($0) - 120) <= 2 })
    }
}
