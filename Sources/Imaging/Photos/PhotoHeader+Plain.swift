/// Formats that are mostly not compressed.
extension PhotoContent.Header {
    /// No entry of a picture has more values; what text and numbers of an entry unpack to is limited with them.
    private static let maxValues = 1_000_000

    @Sendable static func tiff(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        guard let (isBig, entries) = bytes.tiffDirectory(at: 0, end: bytes.count),
            entries.values.allSatisfy({ $0.count <= maxValues })
        else { return nil }
        func value(_ tag: Int) -> Int? {
            guard let entry = entries[tag] else { return nil }
            // Type 3 is a number of two bytes.
            return bytes.number(entry.place, entry.type == 3 ? 2 : 4, isBig: isBig)
        }
        guard let width = value(256), let height = value(257), width <= 1 << 20, height <= 1 << 20 else { return nil }
        let samples = min(8, max(1, value(277) ?? 1))
        let bits = entries[258].map { $0.count > 2 ? 16 : value(258) ?? 16 } ?? 1
        // A compressed strip, which may be all of the picture, is unpacked before it is copied.
        return PhotoContent.Header(
            width: width, height: height, bytesPerPixel: 2 * Double(samples * (bits > 8 ? 2 : 1)),
            parts: [0..<bytes.count])
    }

    @Sendable static func bmp(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        guard let size = bytes.little(14, 4) else { return nil }
        let isOld = size == 12
        guard let width = bytes.little(18, isOld ? 2 : 4), let rows = bytes.little(isOld ? 20 : 22, isOld ? 2 : 4)
        else { return nil }
        // Negative for pictures stored from the top.
        let height = isOld ? rows : Int(Int32(truncatingIfNeeded: rows).magnitude)
        return PhotoContent.Header(width: width, height: height, bytesPerPixel: 4, parts: [0..<bytes.count])
    }

    /// PGM and PPM: numbers in text, with comments.
    @Sendable static func pnm(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        var place = 2
        func number() -> Int? {
            while let byte = bytes.byte(place), byte <= 32 || byte == 35 {
                if byte == 35 { while let byte = bytes.byte(place), byte != 10 { place += 1 } }
                place += 1
            }
            var value: Int?
            while let byte = bytes.byte(place), (48...57).contains(byte), value ?? 0 < 1 << 24 {
                value = (value ?? 0) * 10 + byte - 48
                place += 1
            }
            return value
        }
        guard let width = number(), let height = number(), let largest = number() else { return nil }
        let channels = bytes.byte(1) == 0x33 || bytes.byte(1) == 0x36 ? 3.0 : 1
        return PhotoContent.Header(
            width: width, height: height, bytesPerPixel: channels * (largest > 255 ? 2 : 1), parts: [0..<bytes.count])
    }
}
