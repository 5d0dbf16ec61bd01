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
        let chromaWidth = PixelBuffer.chroma(width)
        let chromaHeight = PixelBuffer.chroma(height)
        return PixelBuffer(
            luma: Plane(base: block.base, stride: layout.lumaStride, width: width, height: height),
            cb: Plane(
                base: block.base + layout.cbOffset, stride: layout.chromaStride, width: chromaWidth,
                height: chromaHeight),
            cr: Plane(
                base: block.base + layout.crOffset, stride: layout.chromaStride, width: chromaWidth,
                height: chromaHeight),
            matrix: matrix
        ) { [free] in free.give(back: block) }
    }

    private struct Layout: Sendable {
        let lumaStride: Int
        let chromaStride: Int
        let cbOffset: Int
        let crOffset: Int
        let size: Int

        init(width: Int, height: Int) {
            func aligned(_ value: Int) -> Int { (value + 63) / 64 * 64 }
            lumaStride = aligned(width)
            chromaStride = aligned(PixelBuffer.chroma(width))
            cbOffset = lumaStride * height
            crOffset = cbOffset + chromaStride * PixelBuffer.chroma(height)
            // Vector code may read a little past the last row.
            size = crOffset + chromaStride * PixelBuffer.chroma(height) + 64
        }
    }

    private struct Block: Sendable {
        // Safe: a block is either in the free list or in exactly one PixelBuffer.
        nonisolated(unsafe) let base: UnsafeMutablePointer<UInt8>
    }

    private final class FreeList: Sendable {
        let size: Int
        let blocks = Mutex<[Block]>([])
        /// More than a pipeline ever has in flight; what comes back beyond that is freed.
        let limit = 32

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
