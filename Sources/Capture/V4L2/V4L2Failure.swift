import Foundation
import VisageCore

/// Turns the kernel's error numbers into reasons that a person understands. A reason does not name the camera: whoever
/// reports it does.
enum V4L2Failure {
    /// A device that could not be opened or did not say what it is.
    static func opening(_ path: String, _ code: Int32) -> VisageError {
        switch code {
        case ENOENT, ENOTDIR:
            VisageError(.source, "there is no \(path): check the cable; \(V4L2Directory.summary)")
        case ENOTTY, EINVAL, EISDIR:
            VisageError(
                .configuration, "\(path) is not a camera; \(V4L2Directory.summary)", retry: .needsPerson)
        case EACCES, EPERM:
            VisageError(
                .source, "the camera may not be opened: add the user \(user) to the group video, and start anew")
        case ENXIO: unplugged
        default: using(path, code, to: "be opened")
        }
    }

    /// A device that failed at something.
    /// - Parameter task: what it cannot do, as in "the camera cannot …"
    static func using(_ path: String, _ code: Int32, to task: String) -> VisageError {
        switch code {
        case ENODEV: unplugged
        case EBUSY: busy(path)
        case EIO: VisageError(.source, "the camera reports an input/output error; if that goes on, unplug it")
        default: VisageError(.source, "the camera cannot \(task)", cause: String(cString: strerror(code)))
        }
    }

    /// A stream that would not start.
    static func streaming(_ path: String, _ code: Int32) -> VisageError {
        switch code {
        case ENOSPC:
            VisageError(
                .source,
                "the USB bus has no bandwidth left for the camera; use another port, or a smaller size or rate")
        // Some drivers say this where they mean the one above.
        case EIO:
            VisageError(
                .source,
                "the camera cannot start streaming; use another port, or a smaller size or rate",
                cause: String(cString: strerror(code)))
        default: using(path, code, to: "start streaming")
        }
    }

    static var unplugged: VisageError { VisageError(.source, "the camera was unplugged") }

    static func noPictures(_ path: String, _ identity: V4L2Identity) -> VisageError {
        VisageError(
            .source,
            "no pictures come from \(path) (\(identity.card)): it is another file of a camera, or a loopback device "
                + "that no program writes to")
    }

    static func busy(_ path: String) -> VisageError {
        let holders = V4L2Holder.all(of: path)
        guard !holders.isEmpty else {
            return VisageError(
                .inUse, "the camera is in use by a program of another user; `sudo fuser -v \(path)` names it")
        }
        let names = holders.prefix(3).map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
        return VisageError(.inUse, "the camera is in use by \(names)")
    }

    private static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }
}
