import Capture
import VisageConfiguration
import VisageCore

extension CameraSource {
    /// Makes the source of a camera. A file is opened; a live camera is opened later, when frames are asked for.
    /// - Throws: `VisageError`, as `FileSource` does, and for an address that cannot be used.
    package static func make(_ camera: Configuration.Camera) throws -> any FrameSource {
        switch try CameraSource(camera.source) {
        case .file(let path):
            return try FileSource(path: path, options: camera.fileOptions)
        case .device(let path):
            return LiveSource(CaptureProcess(camera.deviceSettings(path: path)), options: camera.liveOptions)
        case .network(let address):
            return LiveSource(CaptureProcess(address, camera.networkSettings), options: camera.liveOptions)
        }
    }
}
