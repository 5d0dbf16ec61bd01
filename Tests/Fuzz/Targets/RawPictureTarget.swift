import CLinux
import Capture
import Foundation
import VisageCore

/// What a webcam delivers, in modes that its driver makes up. The memory lies as a device's does: from the beginning of a
/// page to the end of one, after which nothing can be read.
struct RawPictureTarget: FuzzTarget {
    static let name = "raw-picture"
    static let maxBytes = 1_024

    private static let page = 4_096
    private static let pages = 256
    /// Safe to share: there is one thread.
    private nonisolated(unsafe) let memory: UnsafeMutableRawPointer

    static func seeds() -> [[UInt8]] {
        // Format, flags, width, height, stride, bytes that are there.
        V4L2Format.allCases.enumerated().map { index, _ in
            [UInt8(index), 0, 0, 0, 0, 96, 0, 0, 0, 64, 0, 0, 0, 192, 0, 0, 0x30, 0]
                + [UInt8](repeating: 0x80, count: 64)
        }
    }

    init() throws {
        let size = (Self.pages + 1) * Self.page
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED, mprotect(memory + Self.pages * Self.page, Self.page, PROT_NONE) == 0
        else { throw VisageError(.engine, "no memory for a device's buffer") }
        self.memory = memory
    }

    func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let format = V4L2Format.allCases[Int(reader.byte()) % V4L2Format.allCases.count]
        let flags = reader.byte()
        // A driver's numbers have 32 bits; most are small here, so that pictures come of them.
        var numbers = (0..<4).map { _ in reader.long() }
        if flags & 4 == 0 { numbers = numbers.map { $0 % 2_048 } }
        let mode = V4L2Mode(
            format: format, size: .init(max(1, numbers[0]), max(1, numbers[1])), stride: numbers[2],
            isFullRange: flags & 1 != 0, isBT709: flags & 2 != 0)
        // Most of the time what a picture takes, give or take a few bytes.
        let (size, isTooLarge) = mode.stride.multipliedReportingOverflow(by: mode.size.height)
        guard !isTooLarge, size < 1 << 40 else {
            _ = try mode.reader("camera")
            return
        }
        let count = flags & 8 == 0 ? size * 3 / 2 + Int(flags >> 4) - 8 : numbers[3] * 64
        guard (0...Self.pages * Self.page).contains(count) else { return }
        let start = memory + (Self.pages * Self.page - (count + Self.page - 1) / Self.page * Self.page)
        let content = reader.rest
        content.withUnsafeBytes { content in
            guard let base = content.baseAddress else { return }
            start.copyMemory(from: base, byteCount: min(content.count, count))
        }
        let pictures = try mode.reader("camera")
        var released = 0
        let picture = try pictures.read(UnsafeRawBufferPointer(start: start, count: count)) { released += 1 }
        Invariant.require(released == 1, "a buffer was given back \(released) times")
        if let picture { Touch.all(picture) }
    }
}
