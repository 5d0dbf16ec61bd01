/// Finds the ends of a compressed image without decoding it.
package enum JPEGImage {
    /// The image without what drivers and cameras leave after it: zeros, or whatever was there before. nil if its
    /// beginning or end is missing; inside an image there is no end, for its data has no such bytes.
    package static func whole(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return nil }
        var last = bytes.count - 1
        while last > 3 {
            if bytes[last] == 0xD9, bytes[last - 1] == 0xFF { return UnsafeRawBufferPointer(rebasing: bytes[...last]) }
            last -= 1
        }
        return nil
    }
}
