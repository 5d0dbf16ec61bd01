import Capture
import Foundation
import TestSupport
import Testing
import VisageCore

/// The memory that a capture process and the daemon share, both sides in one process.
@Suite struct PictureMemoryTests {
    private static func shared(
        slot: Int = 0, width: Int = 64, height: Int = 48, offsets: [Int] = [0, 3072, 3840],
        strides: [Int] = [64, 32, 32]
    ) -> SharedPicture {
        SharedPicture(
            memory: 1, slot: slot, width: width, height: height, offsets: offsets, strides: strides, isBT709: false,
            stamp: nil, arrived: 0, taken: nil)
    }

    @Test func picturesCrossWithoutACopyAndSlotsAreUsedAgain() throws {
        let memory = try PictureMemory(number: 1, bytes: 64 * 48 * 2)
        let slots = PictureSlots { _ in dup(memory.descriptor) }
        var slotsUsed: Set<Int> = []
        for value in 0..<UInt8(100) {
            let image = try #require(slots.make(width: 64, height: 48, matrix: .bt709))
            for plane in image.planes {
                for row in 0..<plane.height {
                    (plane.base + row * plane.stride).update(repeating: value, count: plane.width)
                }
            }
            let shared = try #require(slots.share(LivePicture(image: image, stamp: nil, arrived: .now)))
            slotsUsed.insert(shared.slot)
            let seen = try memory.buffer(shared)
            #expect(seen.width == 64 && seen.height == 48 && seen.matrix == .bt709)
            for plane in seen.planes {
                #expect(plane.base[(plane.height - 1) * plane.stride + plane.width - 1] == value)
            }
        }
        #expect(slotsUsed == [0], "one picture at a time needs one slot")
    }

    @Test func aSlotThatTheDaemonReadsIsNotWritten() throws {
        let memory = try PictureMemory(number: 1, bytes: 64 * 48 * 2)
        let slots = PictureSlots { _ in dup(memory.descriptor) }
        var held: [PixelBuffer] = []
        while let image = slots.make(width: 64, height: 48, matrix: .bt709) {
            held.append(try memory.buffer(#require(slots.share(LivePicture(image: image, stamp: nil, arrived: .now)))))
        }
        #expect(held.count == CaptureLimits.maxPictures)
        held.removeLast()
        #expect(slots.make(width: 64, height: 48, matrix: .bt709) != nil)
    }

    @Test(arguments: [
        shared(width: 0), shared(width: 8193), shared(height: 100_000), shared(width: 8192, height: 8192),
        shared(slot: 44), shared(slot: 1 << 39), shared(strides: [63, 32, 32]), shared(strides: [64, 32, 1 << 39]),
        shared(offsets: [0, 3072, 8192]), shared(offsets: [0, 3072, (1 << 40) - 1]), shared(offsets: [0, 3072]),
        shared(height: 129),
    ])
    func picturesThatCannotBeAreRefused(_ picture: SharedPicture) throws {
        let memory = try PictureMemory(number: 1, bytes: 8192)
        #expect(throws: VisageError.self) { try memory.buffer(picture) }
    }

    @Test func aSlotIsNotHandedOutTwice() throws {
        let memory = try PictureMemory(number: 1, bytes: 8192)
        let first = try memory.buffer(Self.shared())
        #expect(throws: VisageError.self) { try memory.buffer(Self.shared()) }
        withExtendedLifetime(first) {}
        // Never written, and still there to be read.
        #expect(try memory.buffer(Self.shared(slot: 43)).luma.base[0] == 0)
    }

    @Test func tooMuchIsRefused() {
        #expect(throws: VisageError.self) { try PictureMemory(number: 1, bytes: 12_288 * 12_288) }
        #expect(throws: VisageError.self) { try PictureMemory(number: 1, bytes: 0) }
    }
}
