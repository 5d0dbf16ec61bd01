import CNATS
import Foundation
import VisageCore

/// Reads a stream in order, without a hole: when a message or a sign of life is missing, it asks again from where it was.
/// For one thread.
package final class OrderedConsumer {
    /// Where reading begins.
    package enum Start: Sendable {
        /// With the newest message of each subject, then all that come.
        case newestOfEachSubject
        /// With this one.
        case sequence(UInt64)
    }

    /// A message and its place.
    package struct Item: Sendable {
        package let message: FleetMessage
        package let sequence: UInt64
    }

    private static let heartbeat = Duration.milliseconds(500)
    /// What the broker sends ahead waits in memory: at most so much.
    private static let maxPending: (messages: Int32, bytes: Int32) = (8192, 32 << 20)

    private let connection: FleetConnection
    private let stream: String
    private let filter: String?
    private let start: Start
    private var context: OpaquePointer?
    private var subscription: OpaquePointer?
    /// Of the last message; 0 before the first.
    private var last: UInt64 = 0
    /// Messages of this subscription.
    private var count: UInt64 = 0
    /// Whether all that was there when reading began has been read.
    package private(set) var isCurrent = false

    /// - Parameters:
    ///   - filter: a subject, perhaps with wildcards; nil: all of the stream.
    /// - Throws: `VisageError` (source).
    package init(_ connection: FleetConnection, stream: String, filter: String? = nil, from start: Start) throws {
        (self.connection, self.stream, self.filter, self.start) = (connection, stream, filter, start)
        var options = jsOptions()
        jsOptions_Init(&options)
        options.Wait = 1000
        try connection.check(
            natsConnection_JetStream(&context, connection.handle, &options), "has no JetStream for this machine")
    }

    deinit {
        if let subscription { natsSubscription_Destroy(subscription) }
        jsCtx_Destroy(context)
    }

    /// The next message; nil if none comes in time.
    /// - Throws: `VisageError` (source) once the connection is lost, or if the broker refuses to be read.
    package func next(timeout: Duration) throws -> Item? {
        let deadline = MonotonicTime.now + timeout
        repeat {
            guard connection.isUp else {
                throw VisageError(.source, "The connection to the broker \(connection.server) is lost")
            }
            guard let subscription = try subscription ?? subscribe() else { continue }
            let left = min(max(deadline - .now, .milliseconds(1)), Self.heartbeat)
            var message: OpaquePointer?
            let code = natsSubscription_NextMsg(&message, subscription, FleetConnection.milliseconds(left))
            // Heartbeats do not come out here; without them for two intervals libnats reports an error instead.
            if code == NATS_TIMEOUT {
                if left == Self.heartbeat { isCurrent = true }
                continue
            }
            if code == NATS_OK, let message, let item = take(message) { return item }
            restart()
        } while MonotonicTime.now < deadline
        return nil
    }

    /// - Returns: nil if it is not the next one.
    private func take(_ message: OpaquePointer) -> Item? {
        defer { natsMsg_Destroy(message) }
        var data: UnsafeMutablePointer<jsMsgMetaData>?
        guard natsMsg_GetMetaData(&data, message) == NATS_OK, let data else { return nil }
        defer { jsMsgMetaData_Destroy(data) }
        let place = data.pointee.Sequence
        guard place.Consumer == count + 1, place.Stream > last else { return nil }
        (count, last) = (place.Consumer, place.Stream)
        if data.pointee.NumPending == 0 { isCurrent = true }
        return Item(message: FleetMessage(message), sequence: last)
    }

    private func restart() {
        if let subscription { natsSubscription_Destroy(subscription) }
        subscription = nil
    }

    /// - Returns: nil if the broker gives no answer, as while a leader is elected.
    private func subscribe() throws -> OpaquePointer? {
        var options = jsSubOptions()
        jsSubOptions_Init(&options)
        options.Config.AckPolicy = js_AckNone
        options.Config.MaxDeliver = 1
        options.Config.FlowControl = true
        options.Config.Heartbeat = Self.heartbeat.inNanoseconds
        options.Config.InactiveThreshold = Duration.seconds(10).inNanoseconds
        options.Config.MemoryStorage = true
        switch (last, start) {
        case (0, .newestOfEachSubject): options.Config.DeliverPolicy = js_DeliverLastPerSubject
        case (0, .sequence(let first)):
            options.Config.DeliverPolicy = js_DeliverByStartSequence
            options.Config.OptStartSeq = max(1, first)
        default:
            options.Config.DeliverPolicy = js_DeliverByStartSequence
            options.Config.OptStartSeq = last + 1
        }
        var made: OpaquePointer?
        var failure = jsErrCode(0)
        let code = stream.withCString { name in
            options.Stream = name
            return js_SubscribeSync(&made, context, filter ?? "\(stream).>", nil, &options, &failure)
        }
        guard code == NATS_OK, let made else {
            // While a leader is elected, "no responders" comes at once: without a pause the caller would ask without end.
            if code == NATS_TIMEOUT || code == NATS_NO_RESPONDERS || failure.rawValue == 0 {
                usleep(100_000)
                return nil
            }
            try connection.check(code, "refuses to be read (stream \(stream), error \(failure.rawValue))")
            return nil
        }
        natsSubscription_SetPendingLimits(made, Self.maxPending.messages, Self.maxPending.bytes)
        (subscription, count) = (made, 0)
        return made
    }
}
