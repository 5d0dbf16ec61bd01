import VisageCore

/// State of the cameras, for measurements within the same process (`visage bench`).
extension VisageDaemon {
    /// Frames that a camera lost before its pipeline, since the start; none if there is no camera of that name.
    public func losses(of camera: String) -> SourceLosses {
        cameras.cameras.first { $0.plan.name == camera }?.pipeline.losses ?? SourceLosses()
    }

    /// Why cameras do not deliver now, by their names; empty while all do.
    public var outages: [String: String] {
        cameras.cameras.reduce(into: [:]) { $0[$1.plan.name] = $1.pipeline.outage }
    }

    /// Ends all cameras, as a stop signal does; `run` returns when that is done.
    public func stop() { cameras.stop() }
}
