import Foundation
import Synchronization

/// What callbacks of libnats put down for the thread that reads it. libnats knows mailboxes by number only: a callback that
/// comes after `close` finds nothing.
final class Mailbox<Item: Sendable>: Sendable {
    private struct Content {
        var items: [Item] = []
        var dropped = 0
    }

    private let content = Mutex(Content())
    private let limit: Int
    private let pipe = Pipe()

    /// - Parameter limit: items beyond it are dropped: a broker may send more than it was asked for.
    init(limit: Int) {
        self.limit = limit
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Readable while there is something.
    var descriptor: Int32 { pipe.fileHandleForReading.fileDescriptor }

    func put(_ item: Item) {
        let isFirst = content.withLock { content in
            guard content.items.count < limit else {
                content.dropped += 1
                return false
            }
            content.items.append(item)
            return content.items.count == 1
        }
        if isFirst { _ = write(pipe.fileHandleForWriting.fileDescriptor, "!", 1) }
    }

    /// All that is there.
    func take() -> [Item] {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
        return content.withLock { content in
            defer { content.items = [] }
            return content.items
        }
    }
}

/// Things that callbacks of libnats may need, each under the number that libnats is given as their `closure`.
enum Callbacks {
    private struct Content {
        var next = 1
        var targets: [Int: @Sendable (Call) -> Void] = [:]
    }

    /// What has happened.
    enum Call: Sendable {
        case message(FleetMessage)
        case closed
        case failed(String)
    }

    private static let content = Mutex(Content())

    static func add(_ target: @escaping @Sendable (Call) -> Void) -> Int {
        content.withLock { content in
            defer { content.next += 1 }
            content.targets[content.next] = target
            return content.next
        }
    }

    static func remove(_ number: Int) { content.withLock { _ = $0.targets.removeValue(forKey: number) } }

    static func call(_ closure: UnsafeMutableRawPointer?, _ call: Call) {
        let number = Int(bitPattern: closure)
        content.withLock { $0.targets[number] }?(call)
    }

    static func pointer(_ number: Int) -> UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: number) }
}

/// Keys that connections are being made with, by number as well: libnats asks for signatures.
enum Signers {
    private static let keys = Mutex<[Int: NKey]>([:])

    static func add(_ key: NKey) -> Int {
        keys.withLock { keys in
            let number = (keys.keys.max() ?? 0) + 1
            keys[number] = key
            return number
        }
    }

    static func remove(_ number: Int) { keys.withLock { _ = $0.removeValue(forKey: number) } }
    static func key(_ closure: UnsafeMutableRawPointer?) -> NKey? {
        let number = Int(bitPattern: closure)
        return keys.withLock { $0[number] }
    }
}
