extension Event {
    /// How one camera has done since the last `stats` event.
    public struct Stats: Codable, Sendable, Equatable {
        public var fps: Double
        /// From capture to publication.
        public var latencyP50Ms: Double
        public var latencyP99Ms: Double
        /// Undamaged frames that were not processed, because newer ones were there.
        public var skipped: Int
        /// Frames left out because they were damaged.
        public var damaged: Int
        /// Frames that the camera counted and that never came.
        public var missed: Int
        /// Frames that were processed but not recorded, because the recorder was too slow.
        public var unrecorded: Int
        /// Embedding jobs in flight.
        public var queued: Int
        /// Events dropped because subscribers were slow.
        public var eventsDropped: Int

        public init(
            fps: Double, latencyP50Ms: Double, latencyP99Ms: Double, skipped: Int, damaged: Int, missed: Int,
            unrecorded: Int, queued: Int, eventsDropped: Int
        ) {
            self.fps = fps
            self.latencyP50Ms = latencyP50Ms
            self.latencyP99Ms = latencyP99Ms
            self.skipped = skipped
            self.damaged = damaged
            self.missed = missed
            self.unrecorded = unrecorded
            self.queued = queued
            self.eventsDropped = eventsDropped
        }

        enum CodingKeys: String, CodingKey {
            case fps, skipped, damaged, missed, unrecorded, queued
            case latencyP50Ms = "latency_p50_ms"
            case latencyP99Ms = "latency_p99_ms"
            case eventsDropped = "events_dropped"
        }
    }
}
