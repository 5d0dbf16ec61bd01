import Dispatch
import Logging
import ServiceLifecycle
import VisageCore

/// Keeps the disks from being full, and watches the wall clock.
struct UpkeepService: Service {
    /// A fast camera writes a few megabytes in that time.
    private static let interval = Duration.seconds(1)

    let daemon: VisageDaemon
    private let queue = DispatchQueue(label: "visage.upkeep")
    /// What the clock has to prove at the start; nil if it is trusted.
    private let missingAtStart: Duration?

    init(daemon: VisageDaemon) {
        self.daemon = daemon
        missingAtStart = daemon.clock.missing()
    }

    func run() async throws {
        var wasTrusted = missingAtStart == nil
        if missingAtStart != nil { say(missingAtStart, isNew: true) }
        for await _ in AsyncTimer(every: Self.interval).cancelOnGracefulShutdown() {
            wasTrusted = await queue.runBlocking { [wasTrusted] in
                daemon.keepDisks()
                let missing = daemon.clock.missing()
                if wasTrusted != (missing == nil) { say(missing, isNew: false) }
                return missing == nil
            }
        }
    }

    /// - Parameter isNew: the daemon has just started.
    private func say(_ missing: Duration?, isNew: Bool) {
        guard let missing else { return daemon.logger.notice("The clock is trusted: what is too old is deleted") }
        let hours = (missing.inSeconds / 3600).rounded(.up)
        let text = "nothing is deleted because of its age until the clock has run evenly for \(Int(hours)) more hours"
        if isNew {
            daemon.logger.notice("The clock is not trusted yet: \(text)")
        } else {
            daemon.logger.warning("The clock was set: \(text)")
        }
    }
}
