import VisageCore

/// Turns the contents of a device's buffers into pictures.
protocol V4L2Reader: AnyObject {
    /// - Parameters:
    ///   - filled: what a device has delivered
    ///   - release: gives it back to the device; is called once, as soon as its bytes are no longer needed
    /// - Returns: the picture; nil if it is damaged, or not to be trusted after damage before it
    /// - Throws: what `release` throws
    func read(_ filled: V4L2Buffers.Filled, release: () throws -> Void) throws -> PixelBuffer?

    /// Pictures were lost or damaged since the last `read`.
    func lost()
}

extension V4L2Mode {
    /// - Throws: `VisageError.engine` if there is no decoder.
    func reader(_ path: String) throws -> any V4L2Reader {
        switch format {
        case .mjpg: try V4L2JPEGReader(path)
        case .h264: try V4L2H264Reader(path)
        case .yu12, .nv12, .yuyv: try V4L2RawReader(self)
        }
    }
}
