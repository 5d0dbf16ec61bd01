/// The pixel formats that this program reads, the cheapest first: planar pictures are copied, others are converted,
/// compressed ones are decoded before that, and H.264 has to be decoded even where a picture is not used.
package enum V4L2Format: Int, CaseIterable, Sendable, Comparable {
    case yu12, nv12, yuyv, mjpg, h264

    package init?(code: UInt32) {
        // Some drivers tell JPEG from motion JPEG, others do not.
        if code == V4L2Format.code("JPEG") {
            self = .mjpg
            return
        }
        guard let format = V4L2Format.allCases.first(where: { $0.name.utf8.elementsEqual(V4L2Format.bytes(code)) })
        else { return nil }
        self = format
    }

    /// Its four characters.
    package var name: String {
        switch self {
        case .yu12: "YU12"
        case .nv12: "NV12"
        case .yuyv: "YUYV"
        case .mjpg: "MJPG"
        case .h264: "H264"
        }
    }

    /// Every picture of these stands alone: older ones need not be decoded when a newer one is there.
    var standsAlone: Bool { self != .h264 }

    package static func < (left: V4L2Format, right: V4L2Format) -> Bool { left.rawValue < right.rawValue }

    /// Four characters as the kernel numbers them.
    package static func code(_ name: String) -> UInt32 {
        name.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The kernel's number as text.
    static func text(_ code: UInt32) -> String { String(decoding: bytes(code), as: UTF8.self) }

    private static func bytes(_ code: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) } }
}
