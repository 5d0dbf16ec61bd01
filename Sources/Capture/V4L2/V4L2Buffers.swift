import CV4L2
import Foundation
import VisageCore

/// The memory that a device writes its pictures to, shared with the kernel: streams from `init` to `deinit`.
final class V4L2Buffers {
    /// A buffer that the kernel has handed over, until it is given back.
    struct Filled {
        let index: UInt32
        let bytes: UnsafeRawBufferPointer
        let sequence: UInt32
        /// The driver says that its contents are damaged, or there are none.
        let isDamaged: Bool
        /// When it was taken, where that is known.
        let taken: MonotonicTime?
        let arrived: MonotonicTime
    }

    private let device: V4L2Device
    private var memory: [UnsafeMutableRawBufferPointer] = []
    /// Whether there is something to release; of a device that another program streams from nothing may be.
    private var isOurs = false
    /// At 30 frames a second a quarter of a second in which this process may be busy without losing one. The newest
    /// is taken first, so more of them do not mean older pictures.
    private static let wanted: UInt32 = 8
    /// A stamp older than this, or from the future, comes from a clock that is not to be trusted.
    private static let oldest = Duration.seconds(5)

    /// Starts the stream.
    /// - Throws: `VisageError` with what stands in the way.
    init(_ device: V4L2Device) throws {
        self.device = device
        do {
            try map()
            for index in memory.indices { try give(back: UInt32(index)) }
            var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            let code = device.ask(VISAGE_VIDIOC_STREAMON, &type)
            if code != 0 { throw V4L2Failure.streaming(device.path, code) }
        } catch {
            release()
            throw error
        }
    }

    deinit { release() }

    var count: Int { memory.count }

    /// The next filled buffer; nil if there is none now.
    /// - Throws: `VisageError` when the device has failed.
    func next() throws -> Filled? {
        var buffer = V4L2Buffers.description()
        let code = device.ask(VISAGE_VIDIOC_DQBUF, &buffer)
        // Also after poll has promised one.
        if code == EAGAIN { return nil }
        if code != 0 { throw V4L2Failure.using(device.path, code, to: "deliver pictures any more") }
        guard memory.indices.contains(Int(buffer.index)) else {
            throw VisageError(.source, "the camera's driver hands over a buffer that it does not have")
        }
        let whole = UnsafeRawBufferPointer(memory[Int(buffer.index)])
        let used = min(Int(buffer.bytesused), whole.count)
        let now = MonotonicTime.now
        return Filled(
            index: buffer.index, bytes: UnsafeRawBufferPointer(rebasing: whole[..<used]), sequence: buffer.sequence,
            isDamaged: used == 0 || buffer.flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0,
            taken: V4L2Buffers.taken(buffer, now), arrived: now)
    }

    /// Lets the device fill it again; what lies in it must not be read any more.
    func give(back index: UInt32) throws {
        var buffer = V4L2Buffers.description()
        buffer.index = index
        try device.demand(VISAGE_VIDIOC_QBUF, &buffer, to: "take its buffers back")
    }

    private func map() throws {
        var request = v4l2_requestbuffers()
        request.count = V4L2Buffers.wanted
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        try device.demand(VISAGE_VIDIOC_REQBUFS, &request, to: "make buffers")
        isOurs = true
        guard request.count >= 2 else { throw VisageError(.source, "the camera's driver has no memory for pictures") }
        for index in 0..<request.count {
            var buffer = V4L2Buffers.description()
            buffer.index = index
            try device.demand(VISAGE_VIDIOC_QUERYBUF, &buffer, to: "describe its buffers")
            let length = Int(buffer.length)
            let base = v4l2_mmap(
                nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, device.descriptor, Int64(buffer.m.offset))
            guard let base, base != MAP_FAILED else {
                throw V4L2Failure.using(device.path, errno, to: "share its buffers")
            }
            memory.append(UnsafeMutableRawBufferPointer(start: base, count: length))
        }
    }

    /// The device may be gone: nothing more can be done about what fails here.
    private func release() {
        guard isOurs else { return }
        isOurs = false
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        _ = device.ask(VISAGE_VIDIOC_STREAMOFF, &type)
        for block in memory { v4l2_munmap(block.baseAddress, block.count) }
        memory = []
        var request = v4l2_requestbuffers()
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        _ = device.ask(VISAGE_VIDIOC_REQBUFS, &request)
    }

    private static func description() -> v4l2_buffer {
        var buffer = v4l2_buffer()
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return buffer
    }

    /// Other stamps than monotonic ones are the feeder's, or on no known clock.
    private static func taken(_ buffer: v4l2_buffer, _ now: MonotonicTime) -> MonotonicTime? {
        guard buffer.flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK) == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
        else { return nil }
        let stamp = MonotonicTime(
            nanoseconds: Int64(buffer.timestamp.tv_sec) * 1_000_000_000 + Int64(buffer.timestamp.tv_usec) * 1000)
        return stamp <= now && now - stamp <= oldest ? stamp : nil
    }
}
