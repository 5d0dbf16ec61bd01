import CLinux
import Foundation
import Synchronization
import VisageCore

/// The capture process's side of the memory that it shares with the daemon. A slot is free when neither the decoder here
/// nor the daemon needs its picture.
package final class PictureSlots: Sendable {
    /// A slot that is in use here; free, as far as this process is concerned, once it is let go.
    final class Lease: Sendable {
        fileprivate let region: Region
        fileprivate let slot: Int
        // Safe: mapped as long as the region lives.
        nonisolated(unsafe) let base: UnsafeMutablePointer<UInt8>

        fileprivate init(_ region: Region, _ slot: Int) {
            (self.region, self.slot) = (region, slot)
            base = (region.base + PictureMemory.headerBytes + slot * region.slotBytes).assumingMemoryBound(
                to: UInt8.self)
        }

        deinit { region.inUse.withLock { $0[slot] = false } }
    }

    /// A memory that the daemon has made.
    fileprivate final class Region: Sendable {
        let number: Int
        let slotBytes: Int
        // Safe: mapped until `deinit`; a slot is written by whoever has its lease.
        nonisolated(unsafe) let base: UnsafeMutableRawPointer
        let size: Int
        let inUse = Mutex(Array(repeating: false, count: CaptureLimits.maxPictures))

        /// - Returns: nil if the file cannot be mapped. It is closed in any case.
        init?(number: Int, bytes: Int, file: Int32) {
            defer { close(file) }
            let slotBytes = PictureMemory.rounded(bytes)
            let size =
                PictureMemory.headerBytes + slotBytes * CaptureLimits.maxPictures + PictureMemory.pageBytes
            guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
            else { return nil }
            (self.number, self.slotBytes, self.size, base) = (number, slotBytes, size, memory)
        }

        deinit { munmap(base, size) }

        func take() -> Int? {
            inUse.withLock { inUse in
                let free = inUse.indices.first { !inUse[$0] && visage_load(base + $0 * 4) == 0 }
                if let free { inUse[free] = true }
                return free
            }
        }
    }

    /// Asks the daemon for memory with so many bytes for each picture, and waits.
    /// - Returns: an open file; nil if there will be none.
    private let ask: @Sendable (Int) -> Int32?
    private let region = Mutex<Region?>(nil)

    package init(ask: @escaping @Sendable (Int) -> Int32?) { self.ask = ask }

    /// A slot for a picture; nil if all are in use, or there is no memory.
    func lease(bytes: Int) -> Lease? {
        region.withLock { region -> Lease? in
            // Memory for much larger pictures than these is given back.
            if region.map({ bytes > $0.slotBytes || bytes * 4 < $0.slotBytes }) ?? true {
                guard let file = ask(bytes) else { return nil }
                region = Region(number: (region?.number ?? 0) + 1, bytes: bytes, file: file)
            }
            return region.flatMap { region in region.take().map { Lease(region, $0) } }
        }
    }

    /// A picture to be written here; nil if there is no slot for it.
    package func make(width: Int, height: Int, matrix: PixelBuffer.Matrix) -> PixelBuffer? {
        let layout = PixelBufferPool.Layout(width: width, height: height)
        guard let lease = lease(bytes: layout.size) else { return nil }
        return layout.buffer(at: lease.base, matrix: matrix) { withExtendedLifetime(lease) {} }
    }

    /// Hands the picture over to the daemon, which lets it go in its own time.
    /// - Returns: where it lies; nil if that is not in the memory that is shared now.
    package func share(_ picture: LivePicture) -> SharedPicture? {
        let image = picture.image
        return region.withLock { region -> SharedPicture? in
            guard let region else { return nil }
            let first = UnsafeMutableRawPointer(image.luma.base) - region.base - PictureMemory.headerBytes
            let slot = first / region.slotBytes
            guard first >= 0, slot < CaptureLimits.maxPictures else { return nil }
            let start = region.base + PictureMemory.headerBytes + slot * region.slotBytes
            visage_store(region.base + slot * 4, 1)
            return SharedPicture(
                memory: region.number, slot: slot, width: image.width, height: image.height,
                offsets: image.planes.map { UnsafeMutableRawPointer($0.base) - start },
                strides: image.planes.map(\.stride), isBT709: image.matrix == .bt709,
                stamp: picture.stamp?.inNanoseconds, arrived: picture.arrived.nanoseconds,
                taken: picture.taken?.nanoseconds, packet: picture.packet?.number)
        }
    }
}
