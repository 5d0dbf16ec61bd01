// ServiceSupport is what every service of the project needs of its surroundings: a log that suits the journal, standard
// streams that do not end the process, and systemd's notifications.

import CSystemd
import Foundation
import VisageCore

/// systemd's interface for services. Does nothing if systemd did not start this process. See sd_notify(3),
/// sd_watchdog_enabled(3) and sd_listen_fds(3).
public struct ServiceManager: Sendable {
    public init() {}

    /// The interval within which the watchdog wants a sign of life (`WatchdogSec=` in the unit); nil: there is no
    /// watchdog.
    public var watchdog: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// The service works, or has finished a reload.
    package func ready() { notify("READY=1") }
    package func stopping() { notify("STOPPING=1") }
    /// A sign of life for the watchdog.
    package func alive() { notify("WATCHDOG=1") }

    /// A reload begins; `ready` ends it.
    package func reloading() { notify("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1000)") }

    /// Sets the line that `systemctl status` shows.
    package func status(_ text: String) {
        notify("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// The listening socket with this name (`FileDescriptorName=`) that systemd opened for the service; nil if there is
    /// none.
    package func socket(named name: String) -> Int32? {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = Int(sd_listen_fds_with_names(0, &names))
        guard count > 0, let names else { return nil }
        defer {
            for index in 0..<count { free(names[index]) }
            free(names)
        }
        return (0..<count).first { names[$0].map { String(cString: $0) } == name }
            .map { SD_LISTEN_FDS_START + Int32($0) }
    }

    private func notify(_ state: String) { _ = sd_notify(0, state) }
}
