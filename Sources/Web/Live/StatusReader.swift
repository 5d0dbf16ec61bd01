import Events
import Foundation
import NIOPosix
import Synchronization
import VisageCore

/// Asks the daemon how it does, as `visage status`; answers are shared for a second.
final class StatusReader: Sendable {
    /// What it says.
    struct Report: Sendable {
        let hello: Event.Hello
        let run: String
        let status: Event.Status
    }

    private let socket: String
    private let timeout = Duration.seconds(3)
    private let latest = Mutex<(report: Report, time: MonotonicTime)?>(nil)

    init(socket: String) { self.socket = socket }

    /// - Throws: `VisageError` if the daemon does not answer.
    func report() async throws -> Report {
        if let latest = latest.withLock({ $0 }), MonotonicTime.now - latest.time < .seconds(1) { return latest.report }
        let report = try await NIOThreadPool.singleton.runIfActive { [self] in
            let deadline = MonotonicTime.now + timeout
            while true {
                if let report = try ask(before: deadline) { return report }
            }
        }
        latest.withLock { $0 = (report, .now) }
        return report
    }

    /// - Returns: nil if asking anew helps.
    private func ask(before deadline: MonotonicTime) throws -> Report? {
        let client = try EventClient(connectingTo: socket)
        try client.send(EventRequest(types: [EventType.status.rawValue]))
        var greeting: (hello: Event.Hello, run: String)?
        while MonotonicTime.now < deadline, case .line(let line) = try client.next(timeout: deadline - .now) {
            guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)) else { continue }
            switch event.content {
            case .hello(let hello): greeting = (hello, event.run)
            case .status(let status):
                guard let greeting else { continue }
                return Report(hello: greeting.hello, run: greeting.run, status: status)
            case .error(let failure):
                if failure.code == .lateRequest, MonotonicTime.now < deadline { return nil }
                throw VisageError(.source, failure.reason)
            default: continue
            }
        }
        throw VisageError(.source, "visaged on \(socket) does not answer")
    }
}
