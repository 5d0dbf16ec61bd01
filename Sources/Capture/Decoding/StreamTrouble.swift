import CFFmpeg
import Imaging
import Synchronization

/// Hears of losses that FFmpeg's libraries tell nobody but their log (5.1; libavformat/rtpdec.c, libavcodec/h264_slice.c
/// and hevc_refs.c): packets that never came, and pictures that others build on and that are not there. Nothing that
/// they return says so, and the pictures made without them look whole.
final class StreamTrouble: Sendable {
    /// Format strings of the messages, up to where they are certain.
    private static let signs = ["RTP: missed", "Frame num gap", "Could not find ref with POC"]
    private static let listeners = Mutex<[UInt: Listener]>([:])

    private struct Listener: Sendable {
        weak var trouble: StreamTrouble?
    }

    private static let isListening: Void = {
        _ = FFmpeg.silenced
        av_log_set_callback { context, _, format, _ in
            guard let context, let format else { return }
            // Called for everything that any of the libraries has to say, on every thread: quick to leave.
            guard StreamTrouble.signs.contains(where: { strncmp(format, $0, $0.utf8.count) == 0 }) else { return }
            let trouble = StreamTrouble.listeners.withLock { $0[UInt(bitPattern: context)]?.trouble }
            trouble?.count.add(1, ordering: .relaxed)
        }
    }()

    private let count = Atomic<Int>(0)
    private let contexts: [UInt]

    /// - Parameter contexts: the `AVFormatContext` and `AVCodecContext` to listen to, which must outlive this.
    init(of contexts: [UnsafeRawPointer]) {
        _ = StreamTrouble.isListening
        let contexts = contexts.map { UInt(bitPattern: $0) }
        self.contexts = contexts
        StreamTrouble.listeners.withLock {
            for context in contexts { $0[context] = Listener(trouble: self) }
        }
    }

    deinit {
        StreamTrouble.listeners.withLock {
            for context in contexts { $0[context] = nil }
        }
    }

    /// What was heard since the last call.
    func take() -> Int { count.exchange(0, ordering: .relaxed) }
}
