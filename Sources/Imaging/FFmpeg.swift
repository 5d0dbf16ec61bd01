import CFFmpeg
import VisageCore

/// Settings and messages of FFmpeg's libraries as a whole.
package enum FFmpeg {
    /// Touch it before the first call: from then on the libraries, and libx264, write nothing to standard error.
    package static let silenced: Void = av_log_set_level(AV_LOG_QUIET)

    /// What an error code of the libraries means, in words.
    package static func message(_ code: Int32) -> String {
        var text = [CChar](repeating: 0, count: Int(AV_ERROR_MAX_STRING_SIZE))
        av_strerror(code, &text, text.count)
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(code)" }
    }
}
