import Foundation
import VisageCore

extension Configuration {
    /// An element of `cameras`. Keys that only one kind of source has are ignored or, where they would mislead, refused
    /// for another kind.
    public struct Camera: ConfigurationSection {
        /// Names the camera in events, and its sockets and recordings: letters, digits, `-` and `_`.
        public var name = "camera"
        /// A webcam's device file, an `rtsp://` address or a video file. Must not be empty.
        public var source = ""
        /// Webcams: the width to ask for, 16 to 16,384 pixels. The camera's closest format is used.
        public var width = 1280
        /// Webcams: the height to ask for, 16 to 16,384 pixels.
        public var height = 720
        /// Webcams: the frame rate to ask for, 0.1 to 1000 frames a second.
        public var fps = 30.0
        /// Webcams: the controls to set, such as exposure and gain, by the names that `v4l2-ctl -l` lists.
        public var controls: [String: Int] = [:]
        /// Network cameras: the transport of the stream.
        public var transport = RTSPSettings.Transport.tcp
        /// Network cameras: a file that holds the password. Empty: the password is in the address, or there is none.
        public var passwordFile = ""
        /// Network cameras: the name of the systemd credential that holds the password. Excludes `passwordFile`.
        public var passwordCredential = ""
        /// Network cameras with `rtsps`: a file of PEM certificates of the authorities that vouch for the camera. Empty:
        /// those that the system trusts.
        public var tlsCA = ""
        /// Network cameras with `rtsps`: the SHA-256 of the camera's own certificate, 64 hexadecimal digits, as
        /// `openssl x509 -fingerprint -sha256` prints it. Excludes `tlsCA`.
        public var tlsPin = ""
        /// Live cameras: after so many seconds with an unchanged picture the camera is restarted, 0 to 86,400. 0: never.
        public var frozenAfter = 20.0
        /// What is recorded: as `recording.mode` says, or otherwise for this camera.
        public var recordingMode = Configuration.CameraRecordingMode.default
        /// Files: the pace at which frames are read.
        public var pace = Pace.realtime
        /// Files: start again at the end.
        public var loop = false

        public init() {}

        enum CodingKeys: String, CodingKey {
            case name, source, width, height, fps, controls, transport
            case passwordFile = "password_file"
            case passwordCredential = "password_credential"
            case tlsCA = "tls_ca"
            case tlsPin = "tls_pin"
            case frozenAfter = "frozen_after"
            case recordingMode = "recording_mode"
            case pace, loop
        }
    }

    /// The pace at which a file is read.
    public enum Pace: String, Codable, Sendable, CaseIterable {
        /// By the time stamps in the file.
        case realtime
        /// As fast as the machine can process the frames.
        case fast
    }
}

extension Configuration.Camera {
    static let choices = [
        CodingKeys.transport.stringValue: RTSPSettings.Transport.allCases.map(\.rawValue),
        CodingKeys.recordingMode.stringValue: Configuration.CameraRecordingMode.allCases.map(\.rawValue),
        CodingKeys.pace.stringValue: Configuration.Pace.allCases.map(\.rawValue),
    ]

    package func validate() throws(ConfigurationProblem) {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_"))
        if name.isEmpty || name.unicodeScalars.contains(where: { !allowed.contains($0) }) {
            throw ConfigurationProblem(
                CodingKeys.name, "should be letters, digits, - and _, because files are named after the camera")
        }
        if source.isEmpty {
            throw ConfigurationProblem(
                CodingKeys.source, "is empty; name a webcam, an rtsp:// address or a video file")
        }
        let parsed: CameraSource
        do { parsed = try CameraSource(source) } catch {
            throw ConfigurationProblem(CodingKeys.source, "cannot be used: \(error)")
        }
        try validateKeys(for: parsed)
        try ConfigurationProblem.check(width, CodingKeys.width, in: 16...16_384)
        try ConfigurationProblem.check(height, CodingKeys.height, in: 16...16_384)
        try ConfigurationProblem.check(fps, CodingKeys.fps, in: 0.1...1000)
        try ConfigurationProblem.check(frozenAfter, CodingKeys.frozenAfter, in: 0...86_400)
    }

    /// Refuses keys without which the source would not be what the file seems to say.
    private func validateKeys(for source: CameraSource) throws(ConfigurationProblem) {
        let isNetwork = if case .network = source { true } else { false }
        let isDevice = if case .device = source { true } else { false }
        if !controls.isEmpty, !isDevice {
            throw ConfigurationProblem(CodingKeys.controls, "can be set for webcams only; remove it")
        }
        let passwords: [(key: CodingKeys, value: String)] = [
            (.passwordFile, passwordFile), (.passwordCredential, passwordCredential),
        ].filter { !$0.value.isEmpty }
        if let first = passwords.first, !isNetwork {
            throw ConfigurationProblem(first.key, "can be set for rtsp:// addresses only; remove it")
        }
        if passwords.count > 1 {
            throw ConfigurationProblem(
                passwords[1].key, "cannot be used together with `\(passwords[0].key.stringValue)`; remove one of them")
        }
        try validateTLS(for: source)
        if passwordCredential.contains("/") {
            throw ConfigurationProblem(CodingKeys.passwordCredential, "should be the name of a credential, not a path")
        }
    }

    private func validateTLS(for source: CameraSource) throws(ConfigurationProblem) {
        let isEncrypted = if case .network(let address) = source { address.isEncrypted } else { false }
        let keys: [(key: CodingKeys, value: String)] = [(.tlsCA, tlsCA), (.tlsPin, tlsPin)].filter { !$0.value.isEmpty }
        if let first = keys.first, !isEncrypted {
            throw ConfigurationProblem(first.key, "can be set for rtsps:// addresses only; remove it")
        }
        if keys.count > 1 {
            throw ConfigurationProblem(
                CodingKeys.tlsPin, "cannot be used together with `tls_ca`; remove one of them")
        }
        if !tlsPin.isEmpty, RTSPSettings.digest(ofPin: tlsPin) == nil {
            throw ConfigurationProblem(
                CodingKeys.tlsPin,
                "should be 64 hexadecimal digits, as `openssl x509 -noout -fingerprint -sha256` prints them")
        }
        if isEncrypted, transport == .udp {
            throw ConfigurationProblem(
                CodingKeys.transport,
                "cannot be udp with an rtsps:// address: pictures would not be encrypted; remove it")
        }
    }

    mutating func resolvePaths(against folder: URL) {
        if !RTSPAddress.isOne(source) { source.resolvePath(against: folder) }
        passwordFile.resolvePath(against: folder)
        tlsCA.resolvePath(against: folder)
    }

    /// Where a network camera's password comes from; nil if it is in the address, or there is none.
    package var passwordSource: PasswordSource? {
        if !passwordFile.isEmpty { return .file(passwordFile) }
        return passwordCredential.isEmpty ? nil : .credential(passwordCredential)
    }
}
