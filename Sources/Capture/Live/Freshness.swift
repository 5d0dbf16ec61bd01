import VisageCore

/// Detects a frozen camera, which sends the same picture again and again, or whose clock stands still. Pure.
///
/// A picture is new if its luma differs anywhere in the compared rows from all of the last `memory` different
/// pictures: a frozen encoder may alternate between a key frame and what follows it, which differ a little. Sensor
/// noise makes every picture of a live scene a new one.
package struct Freshness {
    private static let memory = 64
    /// Every eighth row is compared.
    private static let rows = 8

    /// What has not changed for too long.
    package enum Freeze: Sendable, Equatable {
        case picture, clock
    }

    private let limit: Duration
    private var known: [Int] = []
    private var next = 0
    private var stamp: Duration?
    private var lastNew: MonotonicTime?
    private var lastTick: MonotonicTime?
    /// New pictures since `start`.
    private(set) package var newPictures = 0

    /// - Parameter limit: how long nothing may change; zero for no limit
    package init(limit: Duration) { self.limit = limit }

    /// A new session begins. Pictures of earlier ones are still known.
    package mutating func start() {
        (stamp, lastNew, lastTick, newPictures) = (nil, nil, nil, 0)
    }

    /// - Returns: what has frozen; nil if nothing has.
    package mutating func check(_ image: PixelBuffer, stamp: Duration?, now: MonotonicTime) -> Freeze? {
        guard limit > .zero else { return nil }
        let print = Self.fingerprint(image)
        if !known.contains(print) {
            newPictures += 1
            lastNew = now
            if known.count < Self.memory {
                known.append(print)
            } else {
                known[next] = print
                next = (next + 1) % Self.memory
            }
        }
        if stamp == nil || stamp != self.stamp { lastTick = now }
        self.stamp = stamp
        if let lastTick, now - lastTick > limit { return .clock }
        let since = lastNew ?? now
        lastNew = since
        return now - since > limit ? .picture : nil
    }

    private static func fingerprint(_ image: PixelBuffer) -> Int {
        let plane = image.luma
        var hasher = Hasher()
        hasher.combine(plane.width)
        for row in stride(from: rows / 2, to: plane.height, by: rows) {
            hasher.combine(bytes: UnsafeRawBufferPointer(start: plane.base + row * plane.stride, count: plane.width))
        }
        return hasher.finalize()
    }
}
