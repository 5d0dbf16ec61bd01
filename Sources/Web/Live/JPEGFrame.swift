import NIOCore
import VisageCore

/// An annotated frame of a camera as the daemon has encoded it.
struct JPEGFrame: Sendable {
    let bytes: ByteBuffer
    /// When it came.
    let time: MonotonicTime
}
