import VisageConfiguration

/// All that a configuration says about one camera. A camera whose plan is the same after a reload goes on undisturbed.
package struct CameraPlan: Sendable, Equatable {
    let camera: Configuration.Camera
    let detection: Configuration.Detection
    let tracking: Configuration.Tracking
    let recording: Configuration.Recording
    let frames: Configuration.Frames
    let recordingMode: Configuration.RecordingMode

    /// The plans of all cameras of a configuration, in its order.
    package static func all(_ configuration: Configuration) -> [CameraPlan] {
        configuration.cameras.map {
            CameraPlan(
                camera: $0, detection: configuration.detection, tracking: configuration.tracking,
                recording: configuration.recording, frames: configuration.frames,
                recordingMode: configuration.recordingMode(of: $0))
        }
    }

    package var name: String { camera.name }

    /// The path of a frame socket; nil if the camera has none.
    func socket(_ kind: FrameSocketKind) -> String? { frames.socket(kind, of: name) }

    /// The paths of all its frame sockets.
    var sockets: [String] { FrameSocketKind.allCases.compactMap(socket) }
}
