import Synchronization
import VisageCore

/// A camera at this machine, through Video4Linux: a webcam, a capture card, a loopback device.
///
/// It is opened in the best of its own formats. A camera that was opened before is found again under another device number,
/// if its device file is gone or belongs to another camera now.
package final class V4L2Camera: LiveCamera {
    package let name: String
    private let settings: V4L2Settings
    /// How the camera described itself when it was opened first.
    private let identity: Mutex<V4L2Identity?>

    /// - Parameter known: how the camera described itself when it was opened first, by whoever did that
    package init(_ settings: V4L2Settings, known: V4L2Identity? = nil) {
        name = settings.path
        self.settings = settings
        identity = Mutex(known)
    }

    /// How the camera described itself when it was opened first; nil before.
    var knownIdentity: V4L2Identity? { identity.withLock { $0 } }

    /// Whether there is a camera that this process may open; it may be in use.
    /// - Throws: `VisageError` with what stands in the way.
    package static func check(_ path: String) throws { _ = try V4L2Device(path: path) }

    package func run(_ session: LiveSession) throws {
        let device = try open()
        let mode = try V4L2Mode(device, settings)
        try V4L2Controls(device).set(settings.controls)
        guard !session.isCancelled else { return }
        var stream = try V4L2Stream(device, mode, session)
        let place = device.path == settings.path ? "" : " at \(device.path)"
        session.opened(mode.description + place, interval: mode.interval?.duration)
        try stream.run()
    }

    /// The device at the path, or else the one that was there before.
    private func open() throws -> V4L2Device {
        do {
            let device = try V4L2Device(path: settings.path)
            let known = identity.withLock { identity in
                identity = identity ?? device.identity
                return identity
            }
            guard device.identity != known, let moved = try moved() else { return device }
            return moved
        } catch {
            guard let moved = try moved() else { throw error }
            return moved
        }
    }

    /// The camera that was opened first, at another path; nil if it is nowhere.
    private func moved() throws -> V4L2Device? {
        guard let known = identity.withLock({ $0 }),
            let entry = V4L2Directory.cameras.first(where: { $0.identity == known && $0.path != settings.path })
        else { return nil }
        return try V4L2Device(path: entry.path)
    }
}
