import Foundation
import Synchronization
import VisageCore

/// A camera that a process of its own opens, reads and decodes, so that nothing that a network or a driver sends is parsed
/// in the daemon. The process can be killed at any time: that is a failed session like any other.
package final class CaptureProcess: LiveCamera {
    /// What is to be captured, and the texts in it that must not be shown to anybody.
    package struct Order: Sendable {
        package var task: CaptureTask.Source
        package var secrets: [String] = []

        package init(_ task: CaptureTask.Source, secrets: [String] = []) {
            self.task = task
            self.secrets = secrets
        }
    }

    package let name: String
    package var isIsolated: Bool { true }
    private let order: @Sendable (V4L2Identity?) throws -> Order
    private let executable: String
    /// How a webcam described itself when it was opened first.
    private let identity = Mutex<V4L2Identity?>(nil)

    /// - Parameters:
    ///   - name: for messages, without credentials
    ///   - executable: a program that calls `CaptureHelper.runIfAsked`: this one
    ///   - order: what to capture, made anew for each session, given how the webcam described itself when it was opened first
    package init(
        name: String, executable: String = "/proc/self/exe", order: @escaping @Sendable (V4L2Identity?) throws -> Order
    ) {
        self.name = name
        self.executable = executable
        self.order = order
    }

    package convenience init(_ settings: V4L2Settings) {
        self.init(name: settings.path) { Order(.device(settings, $0)) }
    }

    package convenience init(_ address: RTSPAddress, _ settings: RTSPSettings) {
        self.init(name: address.name) { _ in
            let connection = try RTSPConnection(address, settings)
            return Order(.network(connection), secrets: [connection.password].compactMap { $0 })
        }
    }

    package func run(_ session: LiveSession) throws {
        // How long a program takes to start says nothing about the camera.
        session.postpone()
        let order = try order(identity.withLock { $0 })
        let helper = try HelperProcess.start(executable, for: name)
        defer { helper.end() }
        let task = try JSONEncoder().encode(
            CaptureTask(order.task, timeouts: session.timeouts, wantsPackets: session.packets != nil))
        guard task.count <= CaptureLimits.taskBytes, helper.channel.send(Array(task)) else {
            throw VisageError(.engine, "the capture process does not take its task")
        }
        var device: String?
        if case .device(let settings, _) = order.task { device = settings.path }
        var conversation = CaptureConversation(session: session, secrets: order.secrets, device: device)
        defer { conversation.end() }
        let limit = session.packets == nil ? CaptureLimits.messageBytes : CaptureLimits.packetMessageBytes
        while helper.wait(session) {
            helper.renewProcessorTime()
            while true {
                switch helper.channel.receive(limit: limit, takesFile: false) {
                case .packet(let bytes, _):
                    guard let message = CaptureMessage(bytes) else { throw CaptureLimits.misbehaves }
                    if case .opened(_, _, let found?) = message { identity.withLock { $0 = $0 ?? found } }
                    if let memory = try conversation.take(message, at: .now) {
                        guard helper.channel.send([1], file: memory.descriptor) else { throw CaptureLimits.misbehaves }
                    }
                    continue
                case .nothing: break
                case .end: throw helper.failure()
                }
                break
            }
        }
    }
}
