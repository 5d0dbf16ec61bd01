/// What the configuration says of an RTSP camera besides its address.
public struct RTSPSettings: Sendable, Hashable {
    public enum Transport: String, Sendable, Codable, CaseIterable {
        case tcp, udp
    }

    public var transport: Transport
    public var password: PasswordSource?
    /// A file of PEM certificates of the authorities that may vouch for the camera, in place of the system's; empty: the
    /// system's.
    public var certificateFile: String
    /// SHA-256 of the camera's certificate, in hexadecimal digits, which then needs nobody to vouch for it; empty: none.
    public var certificatePin: String

    public init(
        transport: Transport = .tcp, password: PasswordSource? = nil, certificateFile: String = "",
        certificatePin: String = ""
    ) {
        self.transport = transport
        self.password = password
        self.certificateFile = certificateFile
        self.certificatePin = certificatePin
    }

    /// The bytes of a certificate's SHA-256.
    /// - Parameter text: 64 hexadecimal digits, with or without `sha256:` before them and colons between them, as openssl
    ///   prints it
    /// - Returns: nil if it is none.
    package static func digest(ofPin text: String) -> [UInt8]? {
        var digits = text.lowercased()
        if digits.hasPrefix("sha256:") { digits.removeFirst(7) }
        digits.removeAll { $0 == ":" }
        guard digits.utf8.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        let nibbles = digits.compactMap(\.hexDigitValue)
        return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
    }
}
