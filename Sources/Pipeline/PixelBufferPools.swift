import VisageCore

/// The buffer pool for the size of frame that a camera has now.
struct PixelBufferPools {
    private var current: PixelBufferPool?

    mutating func pool(width: Int, height: Int) -> PixelBufferPool {
        if let current, current.width == width, current.height == height { return current }
        let pool = PixelBufferPool(width: width, height: height)
        current = pool
        return pool
    }
}
