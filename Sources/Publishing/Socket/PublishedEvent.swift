import Events
import NIOCore
import VisageCore

/// An event as it goes to subscribers: made once, shared by all.
package struct PublishedEvent: Sendable {
    /// nil for events that are not logged.
    package let seq: Int64?
    /// The `seq` of the last logged event, this one included.
    package let position: Int64
    package let type: EventType
    package let camera: String?
    /// With its newline.
    package let line: ByteBuffer

    package init(seq: Int64?, position: Int64, type: EventType, camera: String?, line: ByteBuffer) {
        self.seq = seq
        self.position = position
        self.type = type
        self.camera = camera
        self.line = line
    }
}

/// Where published events go. Called on the hub's queue, in order; returns when it has taken them over, and never
/// waits for a reader.
protocol EventOutlet: AnyObject, Sendable {
    func deliver(_ events: [PublishedEvent])
}
