import Foundation
import Synchronization
import VisageCore

/// The wall clock for deciding what is old enough to be deleted: it tells the time only while `ClockTrust` trusts it.
/// What is known of the clock is kept in a file, so that a daemon that is restarted often comes to trust it too.
package final class AgeClock: Sendable {
    /// How often the file is written while nothing changes.
    private static let saveInterval = Duration.seconds(600)

    private struct State {
        var trust: ClockTrust?
        var saved: MonotonicTime?
    }

    private let state: Mutex<State>
    private let file: URL
    private let read: @Sendable () -> ClockTrust.Reading?

    /// - Parameter file: is made if need be; one that cannot be read counts as missing, and one that cannot be written
    ///   is tried again.
    package init(file: URL, read: @escaping @Sendable () -> ClockTrust.Reading? = { ClockTrust.Reading.now() }) {
        let data = try? Data(contentsOf: file)
        let trust = data.flatMap { try? JSONDecoder().decode(ClockTrust.self, from: $0) }
        state = Mutex(State(trust: trust?.isSound == true ? trust : nil))
        self.file = file
        self.read = read
    }

    /// Looks at the clocks.
    /// - Returns: the time; nil while the clock is not trusted.
    package func now() -> Date? {
        guard let reading = read() else { return nil }
        return observe(reading).isTrusted ? reading.wall : nil
    }

    /// Looks at the clocks.
    /// - Returns: how much longer the clock has to prove itself; nil if it is trusted.
    package func missing() -> Duration? {
        guard let reading = read() else { return ClockTrust.proof }
        let trust = observe(reading)
        return trust.isTrusted ? nil : trust.missing
    }

    private func observe(_ reading: ClockTrust.Reading) -> ClockTrust {
        let (trust, isDue) = state.withLock { state in
            var trust = state.trust ?? ClockTrust(reading)
            let was = state.trust?.isTrusted
            trust.observe(reading)
            state.trust = trust
            let isDue = was != trust.isTrusted || state.saved.map { .now - $0 >= Self.saveInterval } ?? true
            if isDue { state.saved = .now }
            return (trust, isDue)
        }
        if isDue { save(trust) }
        return trust
    }

    private func save(_ trust: ClockTrust) {
        guard let data = try? JSONEncoder().encode(trust) else { return }
        // A full or read-only disk: the next time, or the proof begins again at the next start.
        try? data.write(to: file, options: .atomic)
    }
}

extension ClockTrust.Reading {
    /// What the clocks of this machine say; nil where the kernel does not tell its boots apart.
    static func now() -> ClockTrust.Reading? {
        guard let boot else { return nil }
        var (uptime, wall) = (timespec(), timespec())
        clock_gettime(CLOCK_BOOTTIME, &uptime)
        clock_gettime(CLOCK_REALTIME, &wall)
        return ClockTrust.Reading(
            boot: boot, uptime: .seconds(uptime.tv_sec) + .nanoseconds(uptime.tv_nsec),
            wall: Date(timeIntervalSince1970: Double(wall.tv_sec) + Double(wall.tv_nsec) / 1e9))
    }

    /// The kernel's own id. The unit hides that from the daemon, as it hides all that is not about processes; there
    /// systemd passes it on.
    private static let boot: String? = {
        let text =
            ProcessInfo.processInfo.environment["BOOT_ID"]
            ?? (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))
        let id = text?.filter(\.isHexDigit).lowercased()
        return id?.isEmpty == false ? id : nil
    }()
}
