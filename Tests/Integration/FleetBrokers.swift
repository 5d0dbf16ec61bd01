import Foundation
import TestSupport

/// What brokers say of themselves.
extension FleetUnderTest {
    struct Replica: Hashable, CustomStringConvertible {
        let messages: Int
        let last: Int
        var description: String { "\(messages) up to \(last)" }
    }

    private struct Answer: Decodable {
        struct Account: Decodable {
            let streams: [Stream]?
            enum CodingKeys: String, CodingKey { case streams = "stream_detail" }
        }
        struct Stream: Decodable {
            struct Cluster: Decodable { let leader: String? }
            struct State: Decodable {
                let messages: Int
                let last: Int
                enum CodingKeys: String, CodingKey {
                    case messages
                    case last = "last_seq"
                }
            }
            let name: String
            let cluster: Cluster?
            let state: State
        }
        let accounts: [Account]?
        enum CodingKeys: String, CodingKey { case accounts = "account_details" }
    }

    private func streamList(_ broker: Int) async throws -> [Answer.Stream] {
        let address = "http://127.0.0.1:\(ports[broker] + 4000)/jsz?accounts=1&streams=1"
        let answer = try await Program.run("curl", ["-s", "--max-time", "5", address])
        let content = try? JSONDecoder().decode(Answer.self, from: Data(answer.output.utf8))
        return (content?.accounts ?? []).flatMap { $0.streams ?? [] }
    }

    /// What a broker has of each stream; nothing while it does not answer.
    func replicas(broker: Int) async throws -> [String: Replica] {
        Dictionary(
            try await streamList(broker).map { ($0.name, Replica(messages: $0.state.messages, last: $0.state.last)) },
            uniquingKeysWith: { one, _ in one })
    }

    /// What each broker has of the streams of events.
    func eventReplicas() async throws -> [[String: Replica]] {
        var all: [[String: Replica]] = []
        for broker in ports.indices {
            all.append(try await replicas(broker: broker).filter { $0.key.hasPrefix("EV_") })
        }
        return all
    }

    /// The broker that leads a stream now.
    func leader(of stream: String) async throws -> Int? {
        for broker in ports.indices {
            let leader = try await streamList(broker).first { $0.name == stream }?.cluster?.leader
            guard let leader, !leader.isEmpty else { continue }
            return ports.firstIndex { leader == "127.0.0.1-\($0)" }
        }
        return nil
    }

    /// Whether a broker itself says that it can be used.
    func isHealthy(broker: Int) async throws -> Bool {
        let address = "http://127.0.0.1:\(ports[broker] + 4000)/healthz"
        return try await Program.run("curl", ["-sf", "--max-time", "5", address]).exitCode == 0
    }
}
