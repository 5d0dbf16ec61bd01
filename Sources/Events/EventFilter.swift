import VisageCore

/// Which events a subscriber wants.
public struct EventFilter: Sendable, Equatable {
    /// nil: all but those that come on request only.
    public var types: Set<EventType>?
    /// nil: all cameras.
    public var cameras: Set<String>?

    public init(types: Set<EventType>? = nil, cameras: Set<String>? = nil) {
        self.types = types
        self.cameras = cameras
    }

    /// Whether an event of this kind passes. An event without a camera concerns all of them.
    public func passes(type: EventType, camera: String?) -> Bool {
        guard types?.contains(type) ?? !type.isOnRequest else { return false }
        guard let cameras, let camera else { return true }
        return cameras.contains(camera)
    }
}
