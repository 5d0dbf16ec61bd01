import Foundation
import Logging
import VisageCore

/// Makes connections to the brokers, one after the other, and watches the one in use. For one thread.
package final class FleetLine {
    private static let checkInterval = Duration.seconds(5)
    private static let checks = 3

    private let servers: [FleetServer]
    private let identity: FleetIdentity
    private let account: FleetAccount
    private let logger: Logger
    private var index: Int
    private var backoff = FleetBackoff()
    private var nextAttempt = MonotonicTime(nanoseconds: 0)
    /// Each broker has its own, and each is said once.
    private var told: Set<String> = []
    private var nextCheck = MonotonicTime(nanoseconds: 0)
    private var failedChecks = 0
    /// The one in use, if any.
    package private(set) var connection: FleetConnection?
    /// What the last attempt failed with; nil while there is a connection.
    package private(set) var problem: VisageError?

    /// - Parameter servers: at least one.
    package init(_ servers: [FleetServer], _ identity: FleetIdentity, _ account: FleetAccount, logger: Logger) {
        (self.servers, self.identity, self.account, self.logger) = (servers, identity, account, logger)
        // Machines that lose a broker together spread over the others.
        index = Int.random(in: 0..<max(1, servers.count))
    }

    /// The connection, made anew if need be and if it is time to. Blocks for seconds where a broker's machine is silent.
    /// - Returns: nil while there is none.
    package func current() -> FleetConnection? {
        if let connection {
            guard connection.isUp else {
                drop("the connection was lost")
                return nil
            }
            return check(connection) ? connection : nil
        }
        guard MonotonicTime.now >= nextAttempt, !servers.isEmpty else { return nil }
        let server = servers[index % servers.count]
        do {
            let made = try FleetConnection(to: server, as: identity, account: account)
            // The first answer shows that the broker serves this account.
            try made.roundTrip()
            logger.info("Connected to the broker \(server) (\(account))")
            (connection, problem, told, failedChecks) = (made, nil, [], 0)
            nextCheck = .now + Self.checkInterval
            return made
        } catch {
            let problem = error as? VisageError ?? VisageError(.source, "\(error)")
            self.problem = problem
            if told.insert("\(problem)").inserted { logger.warning("\(problem); trying again") }
            index += 1
            // All brokers once before the pause grows.
            let isRound = index % servers.count == 0
            nextAttempt =
                .now + (isRound ? backoff.next(needsPerson: problem.retry == .needsPerson) : .milliseconds(50))
            return nil
        }
    }

    /// Work on the connection has succeeded: the next failure is retried soon.
    package func succeeded() { backoff = FleetBackoff() }

    /// Gives the connection up.
    package func drop(_ reason: String) {
        guard let connection else { return }
        logger.info("Leaving the broker \(connection.server): \(reason)")
        self.connection = nil
        problem = VisageError(.source, "The broker \(connection.server) was lost", cause: reason)
        index += 1
        nextAttempt = .now + backoff.next(needsPerson: false)
    }

    /// When to call `current` again; nil: when there is something to do.
    package var pause: Duration {
        connection == nil ? max(nextAttempt - .now, .milliseconds(10)) : Self.checkInterval
    }

    /// - Returns: false if the connection was given up.
    private func check(_ connection: FleetConnection) -> Bool {
        guard MonotonicTime.now >= nextCheck else { return true }
        nextCheck = .now + Self.checkInterval
        do {
            try connection.roundTrip()
            failedChecks = 0
        } catch {
            failedChecks += 1
            nextCheck = .now
            guard failedChecks >= Self.checks else { return true }
            drop("it does not answer")
            return false
        }
        return true
    }
}

/// How long to wait after a failure: twice as long each time, never the same for two machines that lost a broker together.
package struct FleetBackoff: Sendable {
    private static let longest = Duration.seconds(2)
    /// A key or certificate that is refused will be for a while.
    private static let longestForPerson = Duration.seconds(60)
    private var last: Duration?

    package init() {}

    package mutating func next(needsPerson: Bool) -> Duration {
        let longest = needsPerson ? Self.longestForPerson : Self.longest
        let wait = last.map { min($0 * 2, longest) } ?? (needsPerson ? .seconds(2) : .milliseconds(50))
        last = wait
        return wait * Double.random(in: 0.8...1.2)
    }
}
