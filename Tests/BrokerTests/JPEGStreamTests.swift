import Broker
import Testing

@Suite struct JPEGStreamTests {
    private let picture: [UInt8] = [0xFF, 0xD8] + Array(repeating: 7, count: 5_000) + [0xFF, 0xD9]

    private func part(_ length: String) -> [UInt8] {
        Array("--visage\r\nContent-Type: image/jpeg\r\nContent-Length: \(length)\r\n\r\n".utf8)
    }

    @Test(arguments: [1, 7, 100, 1 << 20]) func comesInPieces(size: Int) {
        var stream = JPEGStream()
        let bytes = part("\(picture.count)") + picture + part("12")
        var result = JPEGStream.Result.incomplete
        for start in stride(from: 0, to: bytes.count, by: size) where result == .incomplete {
            result = stream.take(bytes[start..<min(bytes.count, start + size)])
        }
        #expect(result == .picture(picture))
    }

    @Test(arguments: ["-1", "0", "3", "99999999999999999999", "9000000", "x", ""]) func nonsenseIsRefused(
        length: String
    ) {
        var stream = JPEGStream()
        #expect(stream.take(part(length) + picture) == .invalid)
    }

    @Test func whatIsNoPictureIsRefused() {
        var stream = JPEGStream()
        #expect(stream.take(part("4") + Array("GIF8".utf8)) == .invalid)
        var endless = JPEGStream()
        #expect(endless.take(Array(repeating: 65, count: 1_000)) == .incomplete)
        #expect(endless.take(Array(repeating: 65, count: 1_000)) == .invalid)
    }
}
