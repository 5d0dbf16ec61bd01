import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct PixelBufferPoolTests {
    @Test(arguments: [(1, 1), (33, 17), (64, 64), (1280, 719)])
    func planesFitTheirPicture(width: Int, height: Int) {
        let buffer = PixelBufferPool(width: width, height: height).make(matrix: .bt709)
        #expect(buffer.width == width && buffer.height == height)
        for chroma in [buffer.cb, buffer.cr] {
            #expect(chroma.width == (width + 1) / 2 && chroma.height == (height + 1) / 2)
        }
        for plane in buffer.planes {
            #expect(plane.stride >= plane.width)
            #expect(Int(bitPattern: plane.base) % 64 == 0 && plane.stride % 64 == 0)
        }
        // Planes must not share memory: each keeps what was written to it.
        for (index, plane) in buffer.planes.enumerated() {
            for row in 0..<plane.height {
                memset(plane.base + row * plane.stride, Int32(index + 1), plane.width)
            }
        }
        for (index, plane) in buffer.planes.enumerated() {
            #expect(plane.samples.allSatisfy { $0 == UInt8(index + 1) })
        }
    }

    @Test func memoryComesBackWhenTheLastReaderIsGone() {
        let pool = PixelBufferPool(width: 32, height: 32)
        var first: PixelBuffer? = pool.make(matrix: .bt601)
        let address = first?.luma.base
        let second = pool.make(matrix: .bt601)
        #expect(second.luma.base != address, "a buffer in use is not given out again")
        first = nil
        #expect(pool.make(matrix: .bt601).luma.base == address)
    }

    @Test func buffersOutliveTheirPool() {
        var pool: PixelBufferPool? = PixelBufferPool(width: 16, height: 16)
        let buffer = pool?.make(matrix: .bt601)
        pool = nil
        buffer?.luma.base[0] = 77
        #expect(buffer?.luma[0, 0] == 77)
    }

    @Test func threadsNeverShareABuffer() {
        let pool = PixelBufferPool(width: 64, height: 64)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<200 {
                let mark = UInt8((thread * 31 + round) & 255)
                let buffer = pool.make(matrix: .bt601)
                for row in 0..<64 { memset(buffer.luma.base + row * buffer.luma.stride, Int32(mark), 64) }
                if !buffer.luma.samples.allSatisfy({ $0 == mark }) {
                    Issue.record("a buffer was written by another")
                }
            }
        }
    }
}
