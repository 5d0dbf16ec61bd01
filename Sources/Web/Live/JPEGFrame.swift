import NIOCore
import VisageCore

/// An annotated frame of a camera as the daemon has encoded it.
package struct JPEGFrame: Sendable {
    package let bytes: ByteBuffer
    /// When it came.
    package let time: MonotonicTime
}
