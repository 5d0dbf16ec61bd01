import Foundation
import VisageCore

extension Enrollment {
    /// Makes the streams that are missing, changes those that are there, and publishes the list of machines. Needs most of
    /// the brokers.
    /// - Returns: how many streams there are.
    /// - Throws: `VisageError`.
    public func makeStreams() throws -> Int {
        guard !record.servers.isEmpty else {
            throw VisageError(.notFound, "This folder has no fleet: run `visage-fleet enroll` first")
        }
        let identity = try administrator()
        let keepFor = Duration.seconds(record.keepDays * 86_400)
        let events = record.machines.map { FleetStream.events(of: $0.name, keepFor: keepFor) }
        let eventAccount = try retried { try connection(.events, identity) }
        let state = try retried { try connection(.state, identity) }
        for stream in events { try make(stream, eventAccount) }
        for stream in FleetStream.shared { try make(stream, state) }
        let list = try SignedDocument(MachineList(record), purpose: MachineList.purpose, by: identity.key)
        try retried { try state.put("machines", try JSONEncoder().encode(list)) }
        return events.count + FleetStream.shared.count
    }

    private func connection(_ account: FleetAccount, _ identity: FleetIdentity) throws -> FleetConnection {
        var problem: any Error = VisageError(.source, "no broker")
        for server in record.servers {
            do {
                return try FleetConnection(to: server.address, as: identity, account: account)
            } catch {
                problem = error
            }
        }
        throw problem
    }

    private func make(_ stream: FleetStream, _ connection: FleetConnection) throws {
        let configuration = try stream.configuration(replicas: record.replicas)
        struct Nothing: Decodable {}
        try retried {
            let verb = try connection.streamInfo(stream.name) == nil ? "CREATE" : "UPDATE"
            _ = try connection.ask(
                "STREAM.\(verb).\(stream.name)", configuration, as: Nothing.self, timeout: .seconds(5))
        }
    }

    /// Brokers that have just been started elect a leader first.
    @discardableResult
    private func retried<Result>(_ work: () throws -> Result) throws -> Result {
        let deadline = MonotonicTime.now + .seconds(20)
        while true {
            do {
                return try work()
            } catch {
                let isHopeless = (error as? VisageError)?.retry == .needsPerson
                guard !isHopeless, MonotonicTime.now < deadline else { throw error }
                // The brokers may still be starting, or electing a leader.
                usleep(300_000)
            }
        }
    }
}
