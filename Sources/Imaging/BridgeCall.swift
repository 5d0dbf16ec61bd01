import OpenCVBridge
import VisageCore

/// Calls a bridge function and turns its failure into an error. The one place that reads `vb_error`.
package func bridgeCall(
    _ code: VisageError.Code, _ message: @autoclosure () -> String,
    _ body: (UnsafeMutablePointer<vb_error>) -> Int32
) throws {
    var error = vb_error()
    guard body(&error) != 0 else { return }
    let cause = withUnsafeBytes(of: &error.message) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    throw VisageError(code, message(), cause: cause.trimmingCharacters(in: .whitespacesAndNewlines))
}
