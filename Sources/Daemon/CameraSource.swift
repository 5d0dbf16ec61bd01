import Capture
import Foundation
import VisageCore

/// What a camera's entry in the configuration means.
enum CameraSource {
    case file(String)
    case network(RTSPAddress)

    /// - Throws: `VisageError.configuration` if it is an address that makes no sense.
    init(_ text: String) throws {
        self = RTSPAddress.isOne(text) ? .network(try RTSPAddress(text)) : .file(text)
    }

    /// - Throws: `VisageError`, as `FileSource` does; a live camera that does not answer is not an error.
    static func make(_ entry: Configuration.Camera) throws -> any FrameSource {
        let live = LiveSource.Options(frozenAfter: .seconds(entry.frozenAfter))
        switch try CameraSource(entry.source) {
        case .file(let path):
            return try FileSource(
                path: path, options: FileSource.Options(pace: entry.pace == .fast ? .fast : .realtime, loop: entry.loop)
            )
        case .network(let address):
            let camera = RTSPCamera(
                address, transport: entry.transport, password: entry.passwordSource)
            return LiveSource(camera, options: live)
        }
    }
}

extension Configuration.Camera {
    fileprivate var passwordSource: RTSPCamera.Password? {
        if !passwordFile.isEmpty { return .file(passwordFile) }
        return passwordCredential.isEmpty ? nil : .credential(passwordCredential)
    }

    /// What is wrong with it: the key, and why; nil if nothing is.
    func problem() -> (key: String, detail: String)? {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_"))
        if name.isEmpty || name.unicodeScalars.contains(where: { !allowed.contains($0) }) {
            return ("name", "should be letters, digits, - and _: it names files")
        }
        if source.isEmpty { return ("source", "is empty; name a webcam, an rtsp:// address or a video file") }
        do {
            let isNetwork = if case .network = try CameraSource(source) { true } else { false }
            let passwords = [("password_file", passwordFile), ("password_credential", passwordCredential)]
                .filter { !$0.1.isEmpty }.map(\.0)
            if let key = passwords.first, !isNetwork { return (key, "belongs to an rtsp:// address") }
            if passwords.count > 1 { return (passwords[1], "cannot stand beside `\(passwords[0])`: name one") }
            if passwordCredential.contains("/") { return ("password_credential", "should be a name, not a path") }
        } catch {
            return ("source", "makes no sense: \(error)")
        }
        if !(0...86_400).contains(frozenAfter) { return ("frozen_after", "should lie between 0 and 86400") }
        return nil
    }
}
