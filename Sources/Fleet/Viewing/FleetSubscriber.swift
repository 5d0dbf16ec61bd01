import Events
import Foundation
import VisageCore

/// A connection to the socket of the events of all machines. It gets no more than it reads: what it has not read waits at
/// the brokers.
final class FleetSubscriber {
    /// A request has to come within this time.
    private static let requestWait = Duration.milliseconds(200)
    private static let maxRequest = 262_144
    private static let maxWaiting = 1 << 18

    let descriptor: Int32
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private let deadline = MonotonicTime.now + requestWait
    /// nil until it has come, or will not come.
    private(set) var request: FleetRequest?
    private(set) var isEnding = false
    /// Until when the state of all machines is waited for; nil: it was not asked for, or was told.
    var statusDeadline: MonotonicTime?
    /// What comes next, by machine.
    var next: [String: UInt64] = [:]

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    var hasRoom: Bool { !isEnding && output.count < Self.maxWaiting }
    /// Whether it has asked for events, and not only for the state.
    var wantsEvents: Bool { !isEnding && request?.isForStatus == false }
    var isWaitingToWrite: Bool { !output.isEmpty }
    /// Whether all was said and the connection may be closed.
    var isDone: Bool { isEnding && output.isEmpty }

    func say(_ line: String) { output += line.utf8 + [UInt8(ascii: "\n")] }

    /// Closes at once.
    func abandon() { (isEnding, output) = (true, []) }

    /// Closes once what was said is read.
    func end() { isEnding = true }

    /// Reads what came.
    /// - Returns: whether the request is new.
    /// - Throws: `VisageError` (usage) for a request that makes no sense; (source) once the other side is gone.
    func receive() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
            if count < 0 { throw VisageError(.source, "the subscriber is gone") }
            // It may have closed its half only; whether it is gone shows in writing.
            if count == 0 { break }
            // Nothing is expected any more.
            guard request == nil else { continue }
            input += bytes.prefix(count)
            guard input.count <= Self.maxRequest else {
                throw VisageError(.usage, "the request is longer than \(Self.maxRequest) bytes")
            }
        }
        guard request == nil else { return false }
        if let end = input.firstIndex(of: UInt8(ascii: "\n")) {
            request = try FleetRequest.parse(input[..<end])
            input = []
            return true
        }
        guard MonotonicTime.now >= deadline else { return false }
        request = FleetRequest()
        return true
    }

    /// When a request is too late; nil if there is one.
    var requestDeadline: MonotonicTime? { request == nil ? deadline : nil }

    /// Writes what can be.
    /// - Throws: `VisageError` (source) once the other side is gone.
    func transmit() throws {
        while !output.isEmpty {
            let count = output.withUnsafeBytes {
                Foundation.send(
                    descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return }
            guard count > 0 else { throw VisageError(.source, "the subscriber is gone") }
            output.removeFirst(count)
        }
    }
}
