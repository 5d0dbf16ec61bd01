import CV4L2
import Foundation
import VisageCore

/// An open Video4Linux device that can capture: owns its descriptor, which only libv4l2 is asked with from then on.
final class V4L2Device {
    /// As the user named it.
    let path: String
    let descriptor: Int32
    let identity: V4L2Identity

    /// - Throws: `VisageError` with what stands in the way.
    init(path: String) throws {
        _ = V4L2Device.silenced
        // Without O_NONBLOCK a buffer that poll promised and that is gone again would block for ever.
        let raw = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard raw >= 0 else { throw V4L2Failure.opening(path, errno) }
        do {
            identity = try V4L2Device.identity(of: raw, path)
        } catch {
            close(raw)
            throw error
        }
        // Its own conversions are for programs that know fewer formats than this one.
        descriptor = v4l2_fd_open(raw, Int32(V4L2_DISABLE_CONVERSION))
        guard descriptor >= 0 else {
            let code = errno
            close(raw)
            throw V4L2Failure.opening(path, code)
        }
        self.path = path
    }

    deinit { v4l2_close(descriptor) }

    /// Asks the device something; a signal in between is no answer.
    /// - Returns: 0, or the error number.
    func ask<Argument>(_ request: UInt, _ argument: inout Argument) -> Int32 {
        withUnsafeMutableBytes(of: &argument) { bytes in
            while visage_v4l2_ioctl(descriptor, request, bytes.baseAddress) != 0 {
                if errno != EINTR { return errno }
            }
            return 0
        }
    }

    /// Asks, and throws what a person should know if that fails.
    /// - Parameter task: what it cannot do then, as in "the camera cannot …"
    func demand<Argument>(_ request: UInt, _ argument: inout Argument, to task: String) throws {
        let code = ask(request, &argument)
        if code != 0 { throw V4L2Failure.using(path, code, to: task) }
    }

    /// What the device in `path` is; nil if it cannot be opened or cannot capture. Makes no message: messages list all
    /// cameras, and are made with this.
    static func identity(at path: String) -> V4L2Identity? {
        let raw = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        defer { close(raw) }
        guard let capability = capability(of: raw), canCapture(capability) else { return nil }
        return V4L2Identity(capability)
    }

    private static func identity(of descriptor: Int32, _ path: String) throws -> V4L2Identity {
        guard let capability = capability(of: descriptor) else { throw V4L2Failure.opening(path, errno) }
        let identity = V4L2Identity(capability)
        guard canCapture(capability) else { throw V4L2Failure.noPictures(path, identity) }
        return identity
    }

    /// nil, and why in errno, if it is no video device.
    private static func capability(of descriptor: Int32) -> v4l2_capability? {
        var capability = v4l2_capability()
        return ioctl(descriptor, VISAGE_VIDIOC_QUERYCAP, &capability) == 0 ? capability : nil
    }

    /// A camera has several device files: pictures come from one of them.
    private static func canCapture(_ capability: v4l2_capability) -> Bool {
        let perFile = capability.capabilities & UInt32(V4L2_CAP_DEVICE_CAPS) != 0
        let can = perFile ? capability.device_caps : capability.capabilities
        let wanted = UInt32(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)
        return can & wanted == wanted
    }

    /// libv4l2 would write to standard error.
    private static let silenced: Void = {
        if let nowhere = fopen("/dev/null", "we") { visage_v4l2_log_to(nowhere) }
    }()
}
