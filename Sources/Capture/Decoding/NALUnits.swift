import Foundation

/// H.264 and H.265 streams as cameras send them, "Annex B": NAL units with start codes between them.
package enum NALUnits {
    /// The places of the units, without their start codes and the zeros that may follow a unit.
    package static func ranges(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
        guard let base = bytes.baseAddress else { return [] }
        /// Where each start code begins, and what follows it.
        var starts: [(code: Int, unit: Int)] = []
        var place = 2
        // A start code is 0 0 1, and no unit has these three in it.
        while place < bytes.count, let found = memchr(base + place, 1, bytes.count - place) {
            let one = UnsafeRawPointer(found) - base
            if bytes[one - 1] == 0, bytes[one - 2] == 0 { starts.append((one - 2, one + 1)) }
            place = one + 1
        }
        return starts.indices.compactMap { index in
            var end = index + 1 < starts.count ? starts[index + 1].code : bytes.count
            while end > starts[index].unit, bytes[end - 1] == 0 { end -= 1 }
            return end > starts[index].unit ? starts[index].unit..<end : nil
        }
    }

    /// The units, each after its length in four bytes: the form of MP4.
    package static func withLengths(_ bytes: UnsafeRawBufferPointer, _ ranges: [Range<Int>]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(ranges.reduce(0) { $0 + $1.count + 4 })
        for range in ranges {
            withUnsafeBytes(of: UInt32(range.count).bigEndian) { result.append(contentsOf: $0) }
            result.append(contentsOf: bytes[range])
        }
        return result
    }
}
