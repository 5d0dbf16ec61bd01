// Pipeline takes a camera's frames from capture to publication: detect, track, decide who, draw, record. Each stage
// has a thread and a bounded channel before it. It sees the other parts through VisageCore's protocols, and knows
// neither files nor sockets nor networks.

import Foundation

/// A bounded queue between two threads: the writer waits while it is full, the reader while it is empty.
final class Channel<Element: Sendable>: @unchecked Sendable {
    // Safe: all that changes is touched only under the condition's lock.
    private let condition = NSCondition()
    private var elements: [Element] = []
    private var isClosed = false
    private var isReaderWaiting = false
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// - Returns: false if the channel is closed; the element is dropped then.
    @discardableResult
    func send(_ element: Element) -> Bool {
        condition.withLock {
            while elements.count >= capacity, !isClosed { condition.wait() }
            guard !isClosed else { return false }
            elements.append(element)
            condition.broadcast()
            return true
        }
    }

    /// As `send`, but gives up at once while the channel is full.
    func offer(_ element: Element) -> Bool {
        condition.withLock {
            guard !isClosed, elements.count < capacity else { return false }
            elements.append(element)
            condition.broadcast()
            return true
        }
    }

    /// Waits until what is sent next would be received at once, or the channel is closed.
    func waitForReader() {
        condition.withLock {
            while !(isReaderWaiting && elements.isEmpty), !isClosed { condition.wait() }
        }
    }

    /// - Returns: nil once the channel is closed and empty.
    func receive() -> Element? { receive(atMost: 1).first }

    /// Waits for one element, and takes those with it that are there already.
    /// - Returns: no elements once the channel is closed and empty.
    func receive(atMost count: Int) -> [Element] {
        condition.withLock {
            isReaderWaiting = true
            condition.broadcast()
            while elements.isEmpty, !isClosed { condition.wait() }
            isReaderWaiting = false
            let taken = Array(elements.prefix(max(1, count)))
            guard !taken.isEmpty else { return [] }
            condition.broadcast()
            elements.removeFirst(taken.count)
            return taken
        }
    }

    /// Nothing more will be sent; what is in it can still be received.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }
}
