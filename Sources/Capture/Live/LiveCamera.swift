import VisageCore

/// A kind of camera: opens one and reads its pictures. `LiveSource` judges whether they come as they should, and starts a
/// new session when one has failed.
package protocol LiveCamera: Sendable {
    /// Its name in messages, without credentials.
    var name: String { get }

    /// Whether no call into a driver can hang in this process.
    var isIsolated: Bool { get }

    /// Opens the camera and delivers its undamaged pictures to `session` until that is canceled, then closes it. Runs on
    /// a thread of its own, for one session at a time.
    ///
    /// No call that it makes may outlast `session.deadline` or `session.isCancelled` by more than a moment.
    /// - Throws: `VisageError` with a reason that a person understands. Its `retry` is `.needsPerson` where trying again
    ///   soon is of no use, as with a wrong password or an unknown control.
    func run(_ session: LiveSession) throws
}

extension LiveCamera {
    package var isIsolated: Bool { false }
}

/// A picture fresh from a camera.
package struct LivePicture: Sendable {
    package let image: PixelBuffer
    /// By the camera's own clock, whose zero is arbitrary; nil if it has none.
    package let stamp: Duration?
    /// When it, or the last of the data it was decoded from, reached this process.
    package let arrived: MonotonicTime
    /// When it was taken, where the driver says so on the monotonic clock.
    package let taken: MonotonicTime?
    /// What it was decoded from, where packets are copied.
    package let packet: PacketID?

    package init(
        image: PixelBuffer, stamp: Duration?, arrived: MonotonicTime, taken: MonotonicTime? = nil,
        packet: PacketID? = nil
    ) {
        self.image = image
        self.stamp = stamp
        self.arrived = arrived
        self.taken = taken
        self.packet = packet
    }
}
