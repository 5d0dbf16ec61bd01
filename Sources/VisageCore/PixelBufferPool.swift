import Foundation
import Synchronization

/// Makes writable pixel buffers of one size and takes their memory back when their last reader is gone, so that
/// a steady stream of frames allocates nothing. Memory is aligned to 64 bytes, as FFmpeg's and OpenCV's vector
/// code likes it.
public final class PixelBufferPool: Sendable {
    public let width: Int
    public let height: Int
    private let layout: Layout
    private let free: FreeList

    /// Dimensions in pixels, both at least 1.
    public init(width: Int, height: Int) {
        self.width = max(1, width)
        self.height = max(1, height)
        layout = Layout(width: self.width, height: self.height)
        free = FreeList(size: layout.size)
    }

    /// A buffer with undefined contents. The caller fills its planes before it hands it on.
    public func make(matrix: PixelBuffer.Matrix) -> PixelBuffer {
        let block = free.take()
        return layout.buffer(at: block.base, matrix: matrix) { [free] in free.give(back: block) }
    }

    /// Where the planes of a picture lie in one piece of memory.
    package struct Layout: Sendable {
        private let width: Int
        private let height: Int
        private let lumaStride: Int
        private let chromaStride: Int
        private let cbOffset: Int
        private let crOffset: Int
        /// Bytes of the whole.
        package let size: Int

        /// - Parameters: width, height: in pixels, at least 1.
        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
            func aligned(_ value: Int) -> Int { (value + 63) / 64 * 64 }
            lumaStride = aligned(width)
            chromaStride = aligned(PixelBuffer.chroma(width))
            cbOffset = lumaStride * height
            crOffset = cbOffset + chromaStride * PixelBuffer.chroma(height)
            // Vector code may read a little past the last row.
            size = crOffset + chromaStride * PixelBuffer.chroma(height) + 64
        }

        /// The picture in memory of at least `size` bytes.
        /// - Parameter release: called once when the last reader is gone
        package func buffer(
            at base: UnsafeMutablePointer<UInt8>, matrix: PixelBuffer.Matrix, release: @escaping @Sendable () -> Void
        ) -> PixelBuffer {
            let (chromaWidth, chromaHeight) = (PixelBuffer.chroma(width), PixelBuffer.chroma(height))
            return PixelBuffer(
                luma: Plane(base: base, stride: lumaStride, width: width, height: height),
                cb: Plane(base: base + cbOffset, stride: chromaStride, width: chromaWidth, height: chromaHeight),
                cr: Plane(base: base + crOffset, stride: chromaStride, width: chromaWidth, height: chromaHeight),
                matrix: matrix, release: release)
        }
    }

    private struct Block: Sendable {
        // Safe: a block is either in the free list or in exactly one PixelBuffer.
        nonisolated(unsafe) let base: UnsafeMutablePointer<UInt8>
    }

    private final class FreeList: Sendable {
        let size: Int
        let blocks = Mutex<[Block]>([])
        /// As many as a pipeline has in flight while it keeps up; what comes back beyond that is freed. After a moment in
        /// which the recorder was slow, megabytes of each camera would be kept for the next.
        let limit = 4

        init(size: Int) { self.size = size }

        deinit { for block in blocks.withLock({ $0 }) { block.base.deallocate() } }

        func take() -> Block {
            if let block = blocks.withLock({ $0.popLast() }) { return block }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            return Block(base: memory.bindMemory(to: UInt8.self, capacity: size))
        }

        func give(back block: Block) {
            let kept = blocks.withLock { blocks in
                guard blocks.count < limit else { return false }
                blocks.append(block)
                return true
            }
            if !kept { block.base.deallocate() }
        }
    }
}
