/// All that a configuration says of one camera: if it stays the same over a reload, so does the camera.
struct CameraPlan: Sendable, Equatable {
    let entry: Configuration.Camera
    let detection: Configuration.Detection
    let tracking: Configuration.Tracking
    let recording: Configuration.Recording
    let frames: Configuration.Frames

    static func all(_ configuration: Configuration) -> [CameraPlan] {
        configuration.cameras.map {
            CameraPlan(
                entry: $0, detection: configuration.detection, tracking: configuration.tracking,
                recording: configuration.recording, frames: configuration.frames)
        }
    }

    var name: String { entry.name }

    /// Where its frames are shown: annotated ones (`frames`), or as they are (`clean`); nil if nowhere.
    func socket(_ kind: String) -> String? {
        frames.folder.isEmpty ? nil : "\(frames.folder)/\(name).\(kind).sock"
    }
}
