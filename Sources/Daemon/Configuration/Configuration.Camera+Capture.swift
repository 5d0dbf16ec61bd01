import Capture
import VisageConfiguration
import VisageCore

extension Configuration.Camera {
    /// Network cameras: what is to be known besides the address.
    var networkSettings: RTSPSettings {
        RTSPSettings(
            transport: transport, password: passwordSource, certificateFile: tlsCA, certificatePin: tlsPin)
    }

    /// Webcams: what is asked for.
    /// - Parameter path: the device file.
    func deviceSettings(path: String) -> V4L2Settings {
        V4L2Settings(path: path, width: width, height: height, fps: fps, controls: controls)
    }

    /// Live cameras: when they are restarted.
    var liveOptions: LiveSource.Options { LiveSource.Options(frozenAfter: .seconds(frozenAfter)) }

    /// Files: how they are played.
    var fileOptions: FileSource.Options { FileSource.Options(pace: pace == .fast ? .fast : .realtime, loop: loop) }
}
