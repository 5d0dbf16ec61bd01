import CLinux
import Foundation
import Synchronization
import VisageCore

/// The daemon's side of the memory that a capture process writes pictures into: slots of one size, and a word for each
/// that says whether the daemon still reads it. The daemon can only read the slots.
///
/// The file has no name, and the capture process may not change its size (`CaptureWalls`), so that no access here can
/// fail; that is also why space is reserved before a slot is read.
package final class PictureMemory: Sendable {
    /// Begins with the words; slots follow.
    static let headerBytes = 4096
    static let pageBytes = 4096

    package let number: Int
    let slotBytes: Int
    /// To be sent to the capture process.
    package let descriptor: Int32
    // Safe: mapped until `deinit`; the header is written with atomic stores alone, the rest only read.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    private let size: Int
    private let slots = Mutex<[Slot]>(
        Array(repeating: Slot(), count: CaptureLimits.maxPictures))

    private struct Slot {
        var isHeld = false
        var isReserved = false
    }

    /// - Parameters:
    ///   - number: by which the capture process names it
    ///   - bytes: for one picture
    /// - Throws: `VisageError.source` if a picture is too large, `.engine` if there is no such memory.
    package init(number: Int, bytes: Int) throws {
        // Decoders want their rows and columns rounded up.
        guard 1...CaptureLimits.maxPixels * 2 + (1 << 20) ~= bytes else { throw CaptureLimits.tooLarge }
        self.number = number
        slotBytes = Self.rounded(bytes)
        // Vector code may read a little past the last row of the last slot.
        size = Self.headerBytes + slotBytes * CaptureLimits.maxPictures + Self.pageBytes
        (base, descriptor) = try Self.map(size)
    }

    deinit {
        munmap(base, size)
        close(descriptor)
    }

    /// - Returns: a new file and where it is mapped.
    private static func map(_ size: Int) throws -> (UnsafeMutableRawPointer, Int32) {
        func failure(_ code: Int32) -> VisageError {
            VisageError(
                .engine, "there is no shared memory for pictures in /dev/shm", cause: String(cString: strerror(code)))
        }
        let file = visage_open_unnamed("/dev/shm")
        guard file >= 0 else { throw failure(errno) }
        let isSized =
            ftruncate(file, size) == 0 && posix_fallocate(file, 0, headerBytes) == 0
            && posix_fallocate(file, size - pageBytes, pageBytes) == 0
        guard isSized, let memory = mmap(nil, size, PROT_READ, MAP_SHARED, file, 0), memory != MAP_FAILED else {
            let code = errno
            close(file)
            throw failure(code)
        }
        guard mprotect(memory, headerBytes, PROT_READ | PROT_WRITE) == 0 else {
            let code = errno
            munmap(memory, size)
            close(file)
            throw failure(code)
        }
        return (memory, file)
    }

    static func rounded(_ bytes: Int) -> Int { (bytes + pageBytes - 1) / pageBytes * pageBytes }

    /// The picture in a slot, which the capture process may not write again until the buffer is let go.
    /// - Throws: `VisageError.source` if there cannot be such a picture, `.engine` if memory is short.
    package func buffer(_ picture: SharedPicture) throws -> PixelBuffer {
        guard fits(picture) else { throw CaptureLimits.misbehaves }
        let start = Self.headerBytes + picture.slot * slotBytes
        try slots.withLock { slots in
            guard slots.indices.contains(picture.slot), !slots[picture.slot].isHeld else {
                throw CaptureLimits.misbehaves
            }
            if !slots[picture.slot].isReserved {
                let code = posix_fallocate(descriptor, start, slotBytes)
                guard code == 0 else {
                    throw VisageError(
                        .engine, "there is no shared memory left for pictures in /dev/shm",
                        cause: String(cString: strerror(code)))
                }
                slots[picture.slot].isReserved = true
            }
            slots[picture.slot].isHeld = true
        }
        func plane(_ index: Int, _ width: Int, _ height: Int) -> Plane {
            let bytes = (base + start + picture.offsets[index]).assumingMemoryBound(to: UInt8.self)
            return Plane(base: bytes, stride: picture.strides[index], width: width, height: height)
        }
        let (width, height) = (PixelBuffer.chroma(picture.width), PixelBuffer.chroma(picture.height))
        return PixelBuffer(
            luma: plane(0, picture.width, picture.height), cb: plane(1, width, height), cr: plane(2, width, height),
            matrix: picture.isBT709 ? .bt709 : .bt601
        ) { [self] in release(picture.slot) }
    }

    private func release(_ slot: Int) {
        slots.withLock { $0[slot].isHeld = false }
        visage_store(base + slot * 4, 0)
    }

    private func fits(_ picture: SharedPicture) -> Bool {
        guard 1...CaptureLimits.maxSide ~= picture.width, 1...CaptureLimits.maxSide ~= picture.height,
            picture.width * picture.height <= CaptureLimits.maxPixels, picture.offsets.count == 3,
            picture.strides.count == 3
        else { return false }
        return (0..<3).allSatisfy { index in
            let width = index == 0 ? picture.width : PixelBuffer.chroma(picture.width)
            let height = index == 0 ? picture.height : PixelBuffer.chroma(picture.height)
            let (offset, stride) = (picture.offsets[index], picture.strides[index])
            return 0..<slotBytes ~= offset && width...CaptureLimits.maxSide * 2 ~= stride
                && offset + stride * (height - 1) + width <= slotBytes
        }
    }
}

extension CaptureLimits {
    package static let tooLarge = VisageError(
        .source,
        "its pictures are too large: at most 4096 x 2176 pixels, or as many in another shape; set the camera to less",
        retry: .needsPerson)
    static let misbehaves = VisageError(.source, "the capture process of this camera sends what makes no sense")
}
