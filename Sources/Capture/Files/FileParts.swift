import CFFmpeg
import Foundation
import VisageCore

/// Two parts of a file as FFmpeg reads them, one after the other: the head of a recording, and what follows from some
/// fragment on. Everything between them is as if it were not there.
final class FileParts {
    private static let bufferBytes: Int32 = 1 << 16

    private let descriptor: Int32
    private let headEnd: Int64
    private let tailStart: Int64
    private let length: Int64
    private var position: Int64 = 0
    /// Owned by this object, as FFmpeg has it for input of one's own.
    private(set) var io: UnsafeMutablePointer<AVIOContext>?

    /// - Parameters:
    ///   - headEnd: the head is what lies before it, in bytes.
    ///   - tailStart: where the second part begins; it reaches to the end of the file.
    /// - Throws: `VisageError` (unreadable).
    init(path: String, headEnd: Int64, tailStart: Int64) throws {
        let failure = VisageError(.unreadable, "\(path) cannot be read.")
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, headEnd > 0, headEnd <= tailStart,
            tailStart <= Int64(status.st_size), let buffer = av_malloc(Int(Self.bufferBytes))
        else {
            if descriptor >= 0 { close(descriptor) }
            throw failure
        }
        (self.headEnd, self.tailStart) = (headEnd, tailStart)
        length = headEnd + Int64(status.st_size) - tailStart
        io = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Self.bufferBytes, 0, Unmanaged.passUnretained(self).toOpaque(),
            { parts, bytes, count in
                guard let parts, let bytes else { return visage_averror(EINVAL) }
                return Unmanaged<FileParts>.fromOpaque(parts).takeUnretainedValue().read(bytes, Int(count))
            }, nil,
            { parts, offset, whence in
                guard let parts else { return -1 }
                return Unmanaged<FileParts>.fromOpaque(parts).takeUnretainedValue().seek(offset, whence)
            })
        guard io != nil else {
            av_free(buffer)
            throw failure
        }
    }

    deinit {
        if let io { av_freep(&io.pointee.buffer) }
        avio_context_free(&io)
        close(descriptor)
    }

    private func read(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
        guard position < length else { return visage_averror_eof() }
        let isHead = position < headEnd
        let wanted = isHead ? min(count, Int(headEnd - position)) : count
        let got = pread(descriptor, bytes, wanted, off_t(isHead ? position : position - headEnd + tailStart))
        guard got > 0 else { return got == 0 ? visage_averror_eof() : visage_averror(errno) }
        position += Int64(got)
        return Int32(got)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        switch whence & ~AVSEEK_FORCE {
        case AVSEEK_SIZE: return length
        case SEEK_SET: position = offset
        case SEEK_CUR: position += offset
        case SEEK_END: position = length + offset
        default: return -1
        }
        guard position >= 0 else { return -1 }
        return position
    }
}
