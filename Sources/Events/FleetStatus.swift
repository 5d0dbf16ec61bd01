/// How the machines of a fleet are: what `visage-fleet` answers `{"types": ["status"]}` with.
public struct FleetStatus: Codable, Sendable, Equatable {
    /// A machine.
    public struct Machine: Codable, Sendable, Equatable {
        public var machine: String
        public var number: Int
        /// When it was last heard (RFC 3339, UTC); nil: never.
        public var seen: String?
        /// Of visage-fleet there.
        public var version: String?
        /// Of visaged there; nil while that is away.
        public var daemon: String?
        public var cameras: [Camera]?
        /// Events that the brokers do not have yet; nil if that is not known.
        public var lag: Int64?
        /// Why its events are not published.
        public var problem: String?
        /// The checksum of its gallery.
        public var gallery: String?
        /// What leaves it.
        public var share: [String]?

        public init(machine: String, number: Int) { (self.machine, self.number) = (machine, number) }
    }

    /// A camera of a machine.
    public struct Camera: Codable, Sendable, Equatable {
        public var camera: String
        public var up: Bool
        public var fps: Double

        public init(camera: String, up: Bool, fps: Double) { (self.camera, self.up, self.fps) = (camera, up, fps) }
    }

    public var schema = 1
    public var type = "status"
    public var time: String
    public var machines: [Machine]
    /// Why this machine hears nothing of the others now.
    public var problem: String?

    public init(time: String, machines: [Machine], problem: String? = nil) {
        (self.time, self.machines, self.problem) = (time, machines, problem)
    }
}
