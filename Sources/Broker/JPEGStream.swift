import Foundation

/// Finds the first picture in a multipart MJPEG stream, as the frame sockets send it.
package struct JPEGStream {
    package init() {}

    package enum Result: Equatable {
        case incomplete
        case picture([UInt8])
        /// Not such a stream, or a picture beyond all measure.
        case invalid
    }

    package static let maxBytes = 8 << 20
    private static let maxHeader = 1_024
    private var bytes: [UInt8] = []

    package mutating func take(_ more: some Sequence<UInt8>) -> Result {
        bytes += more
        guard let end = bytes.prefix(Self.maxHeader).firstRange(of: Array("\r\n\r\n".utf8)) else {
            return bytes.count < Self.maxHeader ? .incomplete : .invalid
        }
        let header = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let length = header.split(separator: "\r\n").compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].drop { $0 == " " })
        }.first
        guard let length, (4...Self.maxBytes).contains(length) else { return .invalid }
        guard bytes.count >= end.upperBound + length else { return .incomplete }
        let picture = Array(bytes[end.upperBound..<end.upperBound + length])
        return picture.starts(with: [0xFF, 0xD8]) ? .picture(picture) : .invalid
    }
}
