import Foundation
import TestSupport
import Testing

/// A network of its own with nothing but loopback, in which packets can be lost. Gone when the last reference is.
final class PrivateNetwork: Sendable {
    /// A process that does nothing but keep it.
    private let keeper: Program

    /// Why it cannot be made; nil if it can.
    static let obstacle: String? = {
        let attempt = Process()
        attempt.executableURL = URL(filePath: "/usr/bin/env")
        attempt.arguments = ["unshare", "--net", "bash", "-c", "ip link set lo up && nft add table inet test"]
        attempt.standardError = FileHandle.nullDevice
        attempt.environment = environment
        guard (try? attempt.run()) != nil else { return "util-linux is missing" }
        attempt.waitUntilExit()
        return attempt.terminationStatus == 0
            ? nil : "No network of one's own can be made here: that takes root, iproute2 and nftables"
    }()

    static var make: ConditionTrait { .enabled(if: obstacle == nil, "\(obstacle ?? "")") }

    init() async throws {
        let setUp = """
            export PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up
            nft -f - <<< 'table inet test { chain in { type filter hook input priority 0; }; }'
            echo ready; exec sleep infinity
            """
        let keeper = try Program("unshare", ["--net", "bash", "-euc", setUp])
        self.keeper = keeper
        try #require(await eventually { keeper.output == "ready\n" || keeper.hasEnded })
        try #require(!keeper.hasEnded, "\(keeper.errors)")
    }

    /// What to put before a command so that it runs inside.
    var enter: [String] { ["nsenter", "--net=/proc/\(keeper.pid)/ns/net", "--"] }

    /// Has packets that come in dropped.
    /// - Parameter rule: which, in nftables' words.
    func drop(_ rule: String) async throws { try await nft("add rule inet test in \(rule) counter drop") }

    /// Lets everything pass again.
    func mend() async throws { try await nft("flush chain inet test in") }

    /// How many packets have been dropped since `mend`.
    func dropped() async throws -> Int {
        let rules = try await nft("list chain inet test in")
        return rules.split(separator: "counter packets ").dropFirst()
            .compactMap { Int($0.prefix { $0.isNumber }) }.reduce(0, +)
    }

    @discardableResult private func nft(_ command: String) async throws -> String {
        let path = Self.environment["PATH"] ?? ""
        let outcome = try await Program.run(
            enter[0], Array(enter.dropFirst()) + ["env", "PATH=\(path)", "nft", command])
        try #require(outcome.exitCode == 0, "\(outcome)")
        return outcome.output
    }

    /// Debian keeps both programs where only root's PATH leads.
    private static var environment: [String: String] {
        var all = ProcessInfo.processInfo.environment
        all["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
        return all
    }
}
