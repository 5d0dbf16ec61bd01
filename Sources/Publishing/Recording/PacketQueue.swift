import Foundation
import VisageCore

/// What is to be written of a camera's own packets, in order. Bounded, and nobody who adds to it waits.
///
/// Safe to share: all that changes is touched only under the condition's lock.
final class PacketQueue: @unchecked Sendable {
    enum Item: Sendable {
        case packet(SourcePacket, PacketPlan.Place)
        case faces([ShownFace], RecordingPosition)
        /// No more packets for the file that is being written.
        case end
        /// No more faces for any other file.
        case settle
    }

    /// A disk that is slow for a moment loses nothing: some seconds of a large camera.
    private static let maxBytes = 32 << 20
    private static let maxItems = 2000

    private let condition = NSCondition()
    private var items: [Item] = []
    private var first = 0
    private var bytes = 0
    private var isClosed = false
    private var isRunning = false
    private let name: String
    /// Items that wait.
    let work = WorkMeter()

    /// - Parameter name: of the thread
    init(name: String) { self.name = name }

    /// Adds an item, for a thread that runs `body` for each, and that starts with the first one.
    /// - Returns: false if too much waits already.
    func add(_ item: Item, _ body: @escaping @Sendable (Item) -> Void) -> Bool {
        condition.withLock {
            if isClosed { return false }
            switch item {
            case .packet(let packet, _):
                guard items.count - first < Self.maxItems, bytes + packet.data.count <= Self.maxBytes else {
                    return false
                }
                bytes += packet.data.count
            case .faces: guard items.count - first < Self.maxItems else { return false }
            case .end, .settle: break
            }
            items.append(item)
            work.begin()
            condition.broadcast()
            if !isRunning {
                isRunning = true
                let thread = Thread { [self] in run(body) }
                thread.name = name
                thread.start()
            }
            return true
        }
    }

    /// Takes nothing more, and waits until all is done.
    func finish() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
            while isRunning { condition.wait() }
        }
    }

    private func run(_ body: (Item) -> Void) {
        while let item = next() {
            body(item)
            work.end()
        }
        condition.withLock {
            isRunning = false
            condition.broadcast()
        }
    }

    private func next() -> Item? {
        condition.withLock {
            while first == items.count, !isClosed { condition.wait() }
            guard first < items.count else { return nil }
            let item = items[first]
            first += 1
            if case .packet(let packet, _) = item { bytes -= packet.data.count }
            // Let go of what is done, all at once where that is cheap.
            if first == items.count || first > 256 {
                items.removeFirst(first)
                first = 0
            }
            return item
        }
    }
}
