import VisageCore

/// Turns the contents of a device's buffers into pictures.
package protocol V4L2Reader: AnyObject {
    /// - Parameters:
    ///   - bytes: what a device has delivered
    ///   - release: gives the buffer back to the device; is called once, as soon as the bytes are no longer needed
    /// - Returns: the picture; nil if it is damaged, or not to be trusted after damage before it
    /// - Throws: what `release` throws
    func read(_ bytes: UnsafeRawBufferPointer, release: () throws -> Void) throws -> PixelBuffer?

    /// Pictures were lost or damaged since the last `read`.
    func lost()
}

extension V4L2Mode {
    /// What reads its pictures.
    /// - Parameters:
    ///   - path: of the device, for messages
    ///   - slots: where the pictures are to be written to; nil for memory of the reader's own
    /// - Throws: `VisageError.engine` if there is no decoder.
    package func reader(_ path: String, slots: PictureSlots? = nil) throws -> any V4L2Reader {
        switch format {
        case .mjpg: try V4L2JPEGReader(path, slots: slots)
        case .h264: try V4L2H264Reader(path, slots: slots)
        case .yu12, .nv12, .yuyv: try V4L2RawReader(self, slots: slots)
        }
    }
}
