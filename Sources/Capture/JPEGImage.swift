/// Looks at a compressed image from outside.
package enum JPEGImage {
    /// The image without what drivers leave after it; nil if its beginning or end is missing.
    package static func whole(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return nil }
        guard let last = bytes.lastIndex(where: { $0 != 0 }), last > 3, bytes[last] == 0xD9, bytes[last - 1] == 0xFF
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[...last])
    }
}
