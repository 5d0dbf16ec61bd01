import Foundation

/// Whether the wall clock may decide what is old enough to be deleted. Pure: it is told what the clocks say.
///
/// The wall clock is compared with the clock that counts since boot. It is trusted when the two have advanced alike for
/// a day of running time; a step of more than ten minutes, in either direction, ends the trust. NTP's corrections, and
/// the seconds by which two clocks drift apart in a day, are far below that.
///
/// While the machine was off there was nothing to compare with. If the wall clock says that it was off for a day at
/// most, what was proven before stays proven; after a longer time a day of running time is needed again, which may be
/// spread over several boots. A clock behind the last one known, as on a machine that keeps no time while it is off, is
/// not trusted; a step in the first hour after boot, with which NTP puts such a clock right, is judged together with the
/// time that the machine was off.
public struct ClockTrust: Codable, Sendable, Equatable {
    /// What the clocks say.
    public struct Reading: Sendable, Equatable {
        /// Tells boots apart.
        public var boot: String
        /// Since boot, the time that the machine slept included; no one can set it.
        public var uptime: Duration
        public var wall: Date

        public init(boot: String, uptime: Duration, wall: Date) {
            (self.boot, self.uptime, self.wall) = (boot, uptime, wall)
        }
    }

    /// Running time that proves a clock.
    public static let proof = Duration.seconds(86_400)
    /// Seconds by which the clocks may come to differ.
    static let tolerance = 600.0
    /// Seconds that a machine may have been off according to a clock that is believed in that.
    static let longestGap = 86_400.0
    /// Seconds after boot within which a step puts a clock right.
    static let settling = 3600.0

    private var boot: String
    /// At the last reading, in seconds.
    private var uptime: Double
    /// Wall clock less uptime, in seconds, since the boot or the last step.
    private var offset: Double
    /// The wall clock at the last reading of the boot before; nil in the first one.
    private var before: Double?
    /// The wall clock is behind `before`.
    private var isBehind = false
    private var wasProven = false
    /// Seconds for which the clocks have advanced alike; at most `proof`.
    private var proven = 0.0

    enum CodingKeys: String, CodingKey {
        case boot, uptime, offset, before, proven
        case isBehind = "is_behind"
        case wasProven = "was_proven"
    }

    public init(_ reading: Reading) {
        boot = reading.boot
        uptime = reading.uptime.inSeconds
        offset = reading.wall.timeIntervalSince1970 - reading.uptime.inSeconds
    }

    /// Whether the numbers can be calculated with, as those of a damaged file need not be.
    public var isSound: Bool { [uptime, offset, before ?? 0, proven].allSatisfy { $0.isFinite && abs($0) < 1e15 } }

    public var isTrusted: Bool { wasProven && !isBehind }

    /// How much longer the clocks have to advance alike.
    public var missing: Duration { .seconds(isTrusted ? 0 : max(0, Self.proof.inSeconds - proven)) }

    /// Takes note of what the clocks say. The more often, the sooner a step is noticed.
    public mutating func observe(_ reading: Reading) {
        let (wall, now) = (reading.wall.timeIntervalSince1970, reading.uptime.inSeconds)
        guard reading.boot == boot else {
            before = offset + uptime
            (boot, uptime, offset) = (reading.boot, now, wall - now)
            return judge(gap: wall - (before ?? wall))
        }
        // Two threads may look at the clocks in one order and come here in the other.
        guard now >= uptime else { return }
        defer { uptime = now }
        if abs(wall - now - offset) > Self.tolerance {
            offset = wall - now
            if now < Self.settling, let before { return judge(gap: wall - before) }
            return restart()
        }
        if isBehind {
            // It has not been put right: it proves itself as the clock of a new machine does.
            if now >= Self.settling { restart() }
            return
        }
        proven = min(Self.proof.inSeconds, proven + now - uptime)
        if proven >= Self.proof.inSeconds { wasProven = true }
    }

    /// - Parameter gap: by how much the wall clock is ahead of where it was when the machine was last seen running
    private mutating func judge(gap: Double) {
        isBehind = gap < -Self.tolerance
        if gap > Self.longestGap, wasProven { restart() }
    }

    private mutating func restart() { (wasProven, isBehind, proven) = (false, false, 0) }
}
