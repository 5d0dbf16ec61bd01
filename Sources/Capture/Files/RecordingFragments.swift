import Foundation
import VisageCore

/// The fragments of a recording, found by their boxes alone (ISO 14496-12): of each, some bytes are read.
enum RecordingFragments {
    /// What there is to be read of a recording for a picture of it.
    struct Place: Equatable {
        /// The head of the file ends here, in bytes.
        var headEnd: Int64
        /// Where a fragment begins.
        var start: Int64
    }

    private struct Box {
        var type: String
        var size: Int64
        var headerSize: Int64
    }

    /// A fragment with this many bytes before its time is not one of ours.
    private static let timeWithin = 512

    /// The last fragment that begins at a time or before.
    /// - Parameter ticks: in the time scale of the video track.
    /// - Returns: nil if it is the first one, or the file is not of this kind.
    static func place(in path: String, before ticks: Int64) -> Place? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var (offset, headEnd, found): (Int64, Int64?, Int64?) = (0, nil, nil)
        var isFirst = true
        while let box = box(file, at: offset) {
            switch box.type {
            case "moof":
                guard headEnd != nil, let time = time(file, at: offset, box) else { return nil }
                if time > ticks { return headEnd.flatMap { end in found.map { Place(headEnd: end, start: $0) } } }
                // Of the first one, all would be read anyway.
                if !isFirst { found = offset }
                isFirst = false
            case "moov": headEnd = offset + box.size
            default: break
            }
            offset += box.size
        }
        return headEnd.flatMap { end in found.map { Place(headEnd: end, start: $0) } }
    }

    private static func bytes(_ file: Int32, at offset: Int64, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(file, &bytes, count, off_t(offset))
        return got > 0 ? Array(bytes[..<got]) : nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        bytes.reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func box(_ file: Int32, at offset: Int64) -> Box? {
        guard let head = bytes(file, at: offset, 16), head.count >= 8 else { return nil }
        return box(head[...])
    }

    private static func box(_ bytes: ArraySlice<UInt8>) -> Box? {
        guard bytes.count >= 8 else { return nil }
        let start = bytes.startIndex
        let type = String(decoding: bytes[(start + 4)..<(start + 8)], as: UTF8.self)
        var (size, headerSize) = (number(bytes[start..<(start + 4)]), Int64(8))
        if size == 1, bytes.count >= 16, bytes[start + 8] < 0x40 {
            (size, headerSize) = (number(bytes[(start + 8)..<(start + 16)]), 16)
        }
        return size >= headerSize ? Box(type: type, size: size, headerSize: headerSize) : nil
    }

    /// When a fragment begins: `tfdt` of its first track.
    private static func time(_ file: Int32, at offset: Int64, _ fragment: Box) -> Int64? {
        guard let all = bytes(file, at: offset, min(timeWithin, Int(fragment.size))) else { return nil }
        var rest = all.dropFirst(Int(fragment.headerSize))
        while let box = box(rest) {
            // Whole, unless it is the one that holds others.
            if box.type == "traf" {
                rest = rest.dropFirst(Int(box.headerSize))
                continue
            }
            if box.type == "tfdt" {
                let content = rest.dropFirst(Int(box.headerSize))
                guard let version = content.first else { return nil }
                let value = content.dropFirst(4).prefix(version == 1 ? 8 : 4)
                guard value.count == (version == 1 ? 8 : 4), value.first ?? 0xFF < 0x40 || version == 0 else {
                    return nil
                }
                return number(value)
            }
            guard box.size < rest.count else { return nil }
            rest = rest.dropFirst(Int(box.size))
        }
        return nil
    }
}
