import NIOCore
import VisageCore

/// An event as it goes to subscribers: made once, shared by all.
struct PublishedEvent: Sendable {
    /// nil for events that are not logged.
    let seq: Int64?
    /// The `seq` of the last logged event, this one included.
    let position: Int64
    let type: EventType
    let camera: String?
    /// With its newline.
    let line: ByteBuffer
}

/// Where published events go. Called on the hub's queue, in order; returns when it has taken them over, and never
/// waits for a reader.
protocol EventOutlet: AnyObject, Sendable {
    func deliver(_ events: [PublishedEvent])
}
