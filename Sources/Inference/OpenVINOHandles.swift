import COpenVINO
import VisageCore

/// Calls OpenVINO's C API and turns a failure into an error.
func openVINO(
    _ code: VisageError.Code, _ message: @autoclosure () -> String, _ body: () -> ov_status_e
) throws {
    let status = body()
    guard status.rawValue != 0 else { return }
    // The last error is kept per thread and may be long: its last line says what went wrong.
    let text = ov_get_last_err_msg()
    // A copy of its own, although its type does not say so.
    defer { ov_free(text) }
    let detail = text.map { String(cString: $0) } ?? ""
    let line = detail.split(separator: "\n").last.map(String.init) ?? String(cString: ov_get_error_info(status))
    throw VisageError(code, message(), cause: line)
}

/// Owns an OpenVINO object and frees it.
final class OpenVINOHandle: @unchecked Sendable {
    // Safe: the pointer never changes, and OpenVINO's core and compiled models may be used from several threads;
    // infer requests are handed to one call at a time by their pool.
    let pointer: OpaquePointer
    private let free: (OpaquePointer) -> Void

    /// - Parameter make: fills the pointer; called once.
    init(
        _ code: VisageError.Code, _ message: @autoclosure () -> String, free: @escaping (OpaquePointer?) -> Void,
        make: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
    ) throws {
        var made: OpaquePointer?
        try openVINO(code, message()) { make(&made) }
        guard let made else { throw VisageError(code, message()) }
        pointer = made
        self.free = { free($0) }
    }

    deinit { free(pointer) }
}
