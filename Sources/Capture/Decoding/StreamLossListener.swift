import CFFmpeg
import Imaging
import Synchronization

/// Counts losses that FFmpeg's libraries report in their log only (5.1; libavformat/rtpdec.c, libavcodec/h264_slice.c
/// and hevc_refs.c): packets that never came, and missing reference pictures. No return value says so, and the pictures
/// decoded without them look whole.
final class StreamLossListener: Sendable {
    /// Format strings of the messages, up to where they are certain.
    private static let messages = ["RTP: missed", "Frame num gap", "Could not find ref with POC"]
    /// What is logged when pictures have more pixels than `Decoder.limit` allows (libavutil/imgutils.c), without a context
    /// that would say in which decoder.
    private static let tooLargeMessage = "Picture size %ux%u exceeds specified max pixel count"
    private static let tooLargeCount = Atomic<Int>(0)
    private static let listeners = Mutex<[UInt: Entry]>([:])

    private struct Entry: Sendable {
        weak var listener: StreamLossListener?
    }

    private static let isListening: Void = {
        _ = FFmpeg.silenced
        av_log_set_callback { context, _, format, _ in
            guard let context, let format else { return }
            // Called for every message of any of the libraries, on every thread, so it has to return quickly.
            if strncmp(format, tooLargeMessage, tooLargeMessage.utf8.count) == 0 {
                tooLargeCount.add(1, ordering: .relaxed)
                return
            }
            guard StreamLossListener.messages.contains(where: { strncmp(format, $0, $0.utf8.count) == 0 }) else {
                return
            }
            let listener = StreamLossListener.listeners.withLock { $0[UInt(bitPattern: context)]?.listener }
            listener?.count.add(1, ordering: .relaxed)
        }
    }()

    private let count = Atomic<Int>(0)
    private let contexts: [UInt]

    /// - Parameter contexts: the `AVFormatContext` and `AVCodecContext` to listen to, which must outlive this.
    init(of contexts: [UnsafeRawPointer]) {
        _ = StreamLossListener.isListening
        let contexts = contexts.map { UInt(bitPattern: $0) }
        self.contexts = contexts
        StreamLossListener.listeners.withLock {
            for context in contexts { $0[context] = Entry(listener: self) }
        }
    }

    deinit {
        StreamLossListener.listeners.withLock {
            for context in contexts { $0[context] = nil }
        }
    }

    /// How often a decoder of this process has refused a picture because it was too large.
    static var tooLargePictures: Int { tooLargeCount.load(ordering: .relaxed) }

    /// The number of losses since the last call.
    func take() -> Int { count.exchange(0, ordering: .relaxed) }
}
