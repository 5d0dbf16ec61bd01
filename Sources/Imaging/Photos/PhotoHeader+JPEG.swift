import Foundation

extension PhotoContent.Header {
    /// JPEG: a sequence of segments. Of the segments for applications, only those that say how colors are meant are kept,
    /// and the orientation is read here.
    @Sendable static func jpeg(_ bytes: PhotoBytes) -> PhotoContent.Header? {
        var header = PhotoContent.Header()
        guard bytes.big(0, 2) == 0xFFD8 else { return nil }
        header.keep(0..<2)
        var place = 2
        while let marker = nextMarker(bytes, &place) {
            switch marker {
            case 0xD9:
                header.keep(place - 2..<place)
                return header
            case 0x01, 0xD0...0xD7: header.keep(place - 2..<place)
            case 0xD8: return nil
            default:
                guard let length = bytes.big(place, 2), length >= 2 else { return header.width > 0 ? header : nil }
                let segment = place..<min(bytes.count, place + length)
                place = segment.upperBound
                switch marker {
                case 0xE1: header.orientation = exifOrientation(bytes, segment) ?? header.orientation
                case 0xE0, 0xEE: header.keep(segment.lowerBound - 2..<place)
                // Short comments say how colors are meant.
                case 0xE2...0xEF: break
                case 0xFE where segment.count > 64: break
                case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                    // A second picture in the file.
                    guard header.width == 0, header.readFrame(bytes, segment, marker) else { return nil }
                    header.keep(segment.lowerBound - 2..<place)
                case 0xDA:
                    place = endOfScan(bytes, place)
                    header.keep(segment.lowerBound - 2..<place)
                default: header.keep(segment.lowerBound - 2..<place)
                }
            }
        }
        return header
    }

    private mutating func keep(_ range: Range<Int>) {
        if let last = parts.last, last.upperBound == range.lowerBound {
            parts[parts.count - 1] = last.lowerBound..<range.upperBound
        } else {
            parts.append(range)
        }
    }

    /// - Parameter place: moves behind the marker.
    private static func nextMarker(_ bytes: PhotoBytes, _ place: inout Int) -> Int? {
        while place < bytes.count, bytes.raw[place] != 0xFF { place += 1 }
        while place < bytes.count, bytes.raw[place] == 0xFF { place += 1 }
        guard let marker = bytes.byte(place) else { return nil }
        place += 1
        return marker
    }

    /// Where the next segment begins that is no part of the compressed picture.
    private static func endOfScan(_ bytes: PhotoBytes, _ start: Int) -> Int {
        guard let base = bytes.raw.baseAddress else { return start }
        var place = start
        while place < bytes.count, let found = memchr(base + place, 0xFF, bytes.count - place) {
            place = UnsafeRawPointer(found) - base
            guard let next = bytes.byte(place + 1) else { break }
            if next != 0, next != 0xFF, !(0xD0...0xD7).contains(next) { return place }
            place += next == 0xFF ? 1 : 2
        }
        return bytes.count
    }

    private mutating func readFrame(_ bytes: PhotoBytes, _ segment: Range<Int>, _ marker: Int) -> Bool {
        let start = segment.lowerBound
        guard let height = bytes.big(start + 3, 2), let width = bytes.big(start + 5, 2),
            let depth = bytes.byte(start + 2), let components = bytes.byte(start + 7), (1...4).contains(components)
        else { return false }
        let factors = (0..<components).compactMap { bytes.byte(start + 9 + 3 * $0) }.map { ($0 >> 4) * ($0 & 15) }
        guard factors.count == components, let largest = factors.max(), largest > 0 else { return false }
        let samples = factors.reduce(0) { $0 + Double($1) / Double(largest) } * (depth > 8 ? 2 : 1)
        // All but sequential pictures are kept as coefficients of two bytes until the last scan.
        let isSequential = [0xC0, 0xC1, 0xC3].contains(marker)
        (self.width, self.height) = (width, height)
        bytesPerPixel = samples * (isSequential ? 1 : 3)
        return true
    }

    private static func exifOrientation(_ bytes: PhotoBytes, _ segment: Range<Int>) -> Orientation? {
        let start = segment.lowerBound + 8
        guard bytes.tag(segment.lowerBound + 2) == "Exif",
            let (isBig, entries) = bytes.tiffDirectory(at: start, end: segment.upperBound),
            let entry = entries[0x112], entry.count == 1
        else { return nil }
        return bytes.number(entry.place, 2, isBig: isBig).flatMap(Orientation.init(exif:))
    }
}
