import Foundation
import VisageCore

/// What a capture process is to do; the only message that tells it. It holds the password of this camera, and no other.
package struct CaptureTask: Codable, Sendable, Equatable {
    package enum Source: Codable, Sendable, Equatable {
        /// A webcam, and how it described itself when it was opened first.
        case device(V4L2Settings, V4L2Identity?)
        case network(RTSPConnection)
    }

    package var source: Source
    package var timeouts: LiveSession.Timeouts
    /// Whether the camera's own packets are wanted beside the pictures.
    package var wantsPackets: Bool

    package init(_ source: Source, timeouts: LiveSession.Timeouts, wantsPackets: Bool = false) {
        self.source = source
        self.timeouts = timeouts
        self.wantsPackets = wantsPackets
    }
}
