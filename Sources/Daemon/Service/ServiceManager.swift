import CSystemd
import Foundation
import VisageCore

/// systemd, where it is what started this process; elsewhere nothing happens. See sd_notify(3), sd_listen_fds(3).
public struct ServiceManager: Sendable {
    public init() {}

    /// How often it wants to hear that all is well; nil: not at all.
    public var watchdog: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    func ready() { tell("READY=1") }
    func stopping() { tell("STOPPING=1") }
    func alive() { tell("WATCHDOG=1") }

    /// The configuration is being read again; `ready` ends it.
    func reloading() { tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1000)") }

    /// One line for `systemctl status`.
    func status(_ text: String) {
        tell("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// A listening socket that it has made for us and given this name (`FileDescriptorName=`).
    func socket(named name: String) -> Int32? {
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

    private func tell(_ state: String) { _ = sd_notify(0, state) }
}
