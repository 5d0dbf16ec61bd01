// VisageConfiguration is visaged.yaml: a type for each section, with the meaning, default and range of each key. It depends
// on nothing heavy, so that every program can read it.

import VisageCore

/// The kind of source that a camera's entry in the configuration names.
package enum CameraSource {
    /// The path of a video file.
    case file(String)
    /// The path of a webcam's device file.
    case device(String)
    case network(RTSPAddress)

    /// - Throws: `VisageError` (configuration) if the text is an address that cannot be used.
    package init(_ text: String) throws {
        if RTSPAddress.isOne(text) {
            self = .network(try RTSPAddress(text))
        } else if text.contains("://") {
            // The message does not repeat the address: it may hold a password.
            throw VisageError(.configuration, "an address has to begin with rtsp:// or rtsps://")
        } else {
            self = text.hasPrefix("/dev/") ? .device(text) : .file(text)
        }
    }
}
