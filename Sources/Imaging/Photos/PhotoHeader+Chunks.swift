/// Formats that consist of chunks.
extension PhotoContent.Header {
    /// PNG: compressed text and color profiles unpack to any size, so only what makes up the picture is kept.
    @Sendable static func png(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        guard bytes.tag(12) == "IHDR", let width = bytes.big(16, 4), let height = bytes.big(20, 4),
            let depth = bytes.byte(24), let kind = bytes.byte(25)
        else { return nil }
        var header = PhotoContent.Header(width: width, height: height)
        // With transparency, which an additional chunk may say.
        let channels = [0: 2, 2: 4, 3: 4, 4: 2, 6: 4][kind] ?? 4
        header.bytesPerPixel = Double(channels * (depth > 8 ? 2 : 1))
        header.parts = [0..<8]
        var place = 8
        var isFirst = true
        while let length = bytes.big(place, 4), let tag = bytes.tag(place + 4) {
            let end = min(bytes.count, place + 12 + length)
            if kept.contains(tag) || (tag == "IHDR" && isFirst) { header.parts.append(place..<end) }
            isFirst = false
            guard tag != "IEND" else { break }
            place = end
        }
        return header
    }

    private static let kept: Set<String> = ["PLTE", "tRNS", "IDAT", "IEND", "gAMA", "cHRM", "sRGB"]

    /// WebP: a file of chunks with its length at the beginning.
    @Sendable static func webP(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        guard bytes.tag(0) == "RIFF", bytes.tag(8) == "WEBP" else { return nil }
        var header = PhotoContent.Header(bytesPerPixel: 8, parts: [0..<12], sizeField: 4)
        var place = 12
        while let tag = bytes.tag(place), let length = bytes.little(place + 4, 4) {
            let start = place + 8
            let end = min(bytes.count, start + length + (length & 1))
            switch tag {
            case "VP8X":
                header.grow(bytes.little(start + 4, 3).map { $0 + 1 }, bytes.little(start + 7, 3).map { $0 + 1 })
            case "VP8 ":
                header.grow(
                    bytes.little(start + 6, 2).map { $0 & 0x3FFF }, bytes.little(start + 8, 2).map { $0 & 0x3FFF })
            case "VP8L":
                let bits = bytes.little(start + 1, 4)
                header.grow(bits.map { $0 & 0x3FFF + 1 }, bits.map { $0 >> 14 & 0x3FFF + 1 })
            case "ALPH": break
            default:
                place = end
                continue
            }
            header.parts.append(place..<end)
            place = end
        }
        return header
    }

    /// The larger of two sizes counts.
    private mutating func grow(_ width: Int?, _ height: Int?) {
        self.width = max(self.width, width ?? 0)
        self.height = max(self.height, height ?? 0)
    }
}
