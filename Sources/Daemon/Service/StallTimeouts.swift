import Pipeline

/// For how long parts of the daemon may make no progress before the daemon counts as hung. They follow
/// the watchdog's interval (`WatchdogSec=` in the unit): who raises it for a slow machine gives these parts more time.
package struct StallTimeouts: Sendable, Equatable {
    /// What the shipped unit has; used where no service manager watches, so that the log still tells of a hang.
    private static let defaultInterval = Duration.seconds(10)

    /// For the embedding of one face, which takes milliseconds, or some hundred with a slow engine on a slow machine.
    package let embedding: Duration
    /// For the event log and the event socket. More than for an embedding, because disks can be slow.
    package let publishing: Duration
    /// For the parts of each camera.
    package let pipeline: PipelineTimeouts

    /// - Parameter watchdog: the watchdog's interval; nil if there is none.
    package init(watchdog: Duration?) {
        let interval = watchdog ?? Self.defaultInterval
        embedding = interval * 4 / 5
        publishing = interval
        var pipeline = PipelineTimeouts()
        pipeline.processing = interval * 4 / 5
        pipeline.publishing = interval * 7 / 10
        pipeline.recording = interval * 3
        self.pipeline = pipeline
    }
}
