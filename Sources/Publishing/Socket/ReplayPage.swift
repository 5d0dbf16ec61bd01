import NIOCore

/// A page of the log as it goes to a subscriber.
struct ReplayPage: Sendable {
    /// Everything up to here has been looked at.
    let scanned: Int64
    /// What the log does not have.
    let gap: SubscriberQueue.Gap?
    /// The lines, each with its newline.
    let lines: ByteBuffer

    var isEmpty: Bool { gap == nil && lines.readableBytes == 0 }

    init(_ page: EventLog.Page) {
        scanned = page.scanned
        // Asking again from before the hole would only lead to it again.
        gap = page.lost > 0 ? SubscriberQueue.Gap(dropped: page.lost, since: page.lastLost) : nil
        var buffer = ByteBufferAllocator().buffer(capacity: page.lines.reduce(0) { $0 + $1.utf8.count + 1 })
        for line in page.lines {
            buffer.writeString(line)
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
        lines = buffer
    }
}
