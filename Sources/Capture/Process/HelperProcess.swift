import CLinux
import Foundation
import VisageCore

/// A running capture process, as the daemon holds it. To be used from the thread that started it: the kernel ends the
/// process with that thread.
final class HelperProcess {
    /// Environment that the process gets: what concerns libraries and the language, and nothing that systemd tells the
    /// daemon. A crash ends it at once: it may not start the program that would explain it.
    private static let variables = ["LD_", "LC_", "LANG", "TZ", "ASAN_", "TSAN_", "UBSAN_", "LLVM_"]
    /// How long it may take to close the camera, and to go once it was killed.
    private static let endTimeout = Duration.seconds(1)
    /// How often its limit of processor time is raised.
    private static let renewal = Duration.seconds(5)

    let channel: CaptureChannel
    private let process: pid_t
    /// Readable once the process has ended; -1 if the kernel does not let us have one.
    private let handle: Int32
    private let started = MonotonicTime.now
    private var renewed: MonotonicTime?
    private var status: Int32?

    private init(_ process: pid_t, _ channel: CaptureChannel) {
        self.process = process
        self.channel = channel
        handle = visage_pidfd_open(process)
    }

    deinit { if handle >= 0 { close(handle) } }

    /// - Parameter name: of the camera, for lists of processes
    /// - Throws: `VisageError.engine` if it cannot be started.
    static func start(_ executable: String, for name: String) throws -> HelperProcess {
        let (daemon, other) = try CaptureChannel.pair()
        let environment =
            ProcessInfo.processInfo.environment.filter { key, _ in
                Self.variables.contains { key.hasPrefix($0) }
            }.map { "\($0)=\($1)" } + ["SWIFT_BACKTRACE=enable=no"]
        let words = [CaptureHelper.name, name]
        let arguments = words.map { strdup($0) } + [nil]
        let values = environment.map { strdup($0) } + [nil]
        defer { for word in arguments + values { free(word) } }
        var process = pid_t()
        let code = visage_spawn(&process, executable, other.descriptor, arguments, values)
        guard code == 0 else {
            throw VisageError(
                .engine, "no capture process can be started", cause: String(cString: strerror(code)))
        }
        return HelperProcess(process, daemon)
    }

    /// Waits for messages of it.
    /// - Returns: false once the session is canceled.
    func wait(_ session: LiveSession) -> Bool {
        while !session.isCancelled {
            var pollers = [
                pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: session.cancellationDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            // The session cannot wake this without its descriptor, of which -1 is none.
            let slice: Int32 = session.cancellationDescriptor >= 0 ? 1_000 : 20
            if poll(&pollers, 2, slice) > 0, pollers[0].revents != 0 { return true }
        }
        return false
    }

    /// Allows it a share of a processor for another while; the kernel ends it when it takes more.
    func renewProcessorTime() {
        let now = MonotonicTime.now
        if let renewed, now - renewed < Self.renewal { return }
        renewed = now
        let seconds = CaptureLimits.processorReserve + (now - started).inSeconds * CaptureLimits.processorShare
        _ = visage_set_cpu_limit(process, rlim_t(seconds))
    }

    /// Ends it: asks it to close the camera, and kills it if it does not. A process that the kernel does not let go, because
    /// a driver does not, is waited for by a thread of its own.
    func end() {
        guard status == nil else { return }
        channel.finish()
        if reap(within: Self.endTimeout) { return }
        kill(process, SIGKILL)
        if reap(within: Self.endTimeout) { return }
        let process = process
        Thread.detachNewThread {
            var status = Int32()
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }

    /// Why it has ended by itself.
    func failure() -> VisageError {
        if !reap(within: Self.endTimeout) {
            return VisageError(.source, "the capture process has closed its connection")
        }
        let status = status ?? 0
        let signal = status & 0x7F
        let reason =
            switch signal {
            case 0: "with exit code \(status >> 8 & 0xFF)"
            case SIGXCPU:
                "because it took more than \(Int(CaptureLimits.processorShare * 100)) % of a processor for long: set the "
                    + "camera to less resolution, frame rate or bit rate"
            case SIGKILL: "because it was killed, by the kernel if memory is short"
            default: "by signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? "?"))"
            }
        return VisageError(.source, "the capture process has ended \(reason)")
    }

    /// - Returns: whether it has ended.
    private func reap(within limit: Duration) -> Bool {
        let deadline = MonotonicTime.now + limit
        while status == nil {
            var found = Int32()
            let ended = waitpid(process, &found, WNOHANG)
            if ended == process || ended < 0 && errno == ECHILD { status = found }
            let left = (deadline - .now).inNanoseconds
            guard status == nil, left > 0 else { break }
            var poller = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            // Without a handle, which poll ignores as -1, it is looked for now and then.
            _ = poll(&poller, 1, handle >= 0 ? Int32((left + 999_999) / 1_000_000) : 10)
        }
        return status != nil
    }
}
