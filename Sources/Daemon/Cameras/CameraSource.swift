import Capture
import Foundation
import VisageCore

/// What a camera's entry in the configuration means.
package enum CameraSource {
    case file(String)
    case device(String)
    case network(RTSPAddress)

    /// - Throws: `VisageError.configuration` if it is an address that makes no sense.
    init(_ text: String) throws {
        if RTSPAddress.isOne(text) {
            self = .network(try RTSPAddress(text))
        } else if text.contains("://") {
            // Not repeated: it may hold a password.
            throw VisageError(.configuration, "an address has to begin with rtsp:// or rtsps://")
        } else {
            self = text.hasPrefix("/dev/") ? .device(text) : .file(text)
        }
    }

    /// - Throws: `VisageError`, as `FileSource` does; a live camera that does not answer is not an error.
    package static func make(_ entry: Configuration.Camera) throws -> any FrameSource {
        let live = LiveSource.Options(frozenAfter: .seconds(entry.frozenAfter))
        switch try CameraSource(entry.source) {
        case .file(let path):
            return try FileSource(
                path: path, options: FileSource.Options(pace: entry.pace == .fast ? .fast : .realtime, loop: entry.loop)
            )
        case .device(let path):
            let camera = V4L2Camera(
                V4L2Settings(
                    path: path, width: entry.width, height: entry.height, fps: entry.fps, controls: entry.controls))
            return LiveSource(camera, options: live)
        case .network(let address):
            let camera = RTSPCamera(
                address, transport: entry.transport, password: entry.passwordSource)
            return LiveSource(camera, options: live)
        }
    }
}

extension Configuration.Camera {
    var passwordSource: RTSPCamera.Password? {
        if !passwordFile.isEmpty { return .file(passwordFile) }
        return passwordCredential.isEmpty ? nil : .credential(passwordCredential)
    }

    /// What is wrong with it: the key, and why; nil if nothing is.
    package func problem() -> (key: String, detail: String)? {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_"))
        if name.isEmpty || name.unicodeScalars.contains(where: { !allowed.contains($0) }) {
            return ("name", "should be letters, digits, - and _: it names files")
        }
        if source.isEmpty { return ("source", "is empty; name a webcam, an rtsp:// address or a video file") }
        do {
            let source = try CameraSource(source)
            let isNetwork = if case .network = source { true } else { false }
            let isDevice = if case .device = source { true } else { false }
            if !controls.isEmpty, !isDevice { return ("controls", "belong to a webcam") }
            let passwords = [("password_file", passwordFile), ("password_credential", passwordCredential)]
                .filter { !$0.1.isEmpty }.map(\.0)
            if let key = passwords.first, !isNetwork { return (key, "belongs to an rtsp:// address") }
            if passwords.count > 1 { return (passwords[1], "cannot stand beside `\(passwords[0])`: name one") }
            if passwordCredential.contains("/") { return ("password_credential", "should be a name, not a path") }
        } catch {
            return ("source", "makes no sense: \(error)")
        }
        if !(16...16_384).contains(width) { return ("width", "should lie between 16 and 16384") }
        if !(16...16_384).contains(height) { return ("height", "should lie between 16 and 16384") }
        if !(0.1...1000).contains(fps) { return ("fps", "should lie between 0.1 and 1000") }
        if !(0...86_400).contains(frozenAfter) { return ("frozen_after", "should lie between 0 and 86400") }
        return nil
    }
}
