import Events
import Foundation
import VisageCore

/// `visage status --fleet`: how all machines are.
struct FleetReport {
    let socket: String
    let isJSON: Bool

    private static let timeout = Duration.seconds(15)
    /// A machine says something every ten seconds.
    private static let silence: TimeInterval = 60

    func run() throws {
        let client = try FleetTail.connect(socket)
        try client.send(EventRequest(types: [EventType.status.rawValue]))
        let deadline = MonotonicTime.now + Self.timeout
        while case .line(let line) = try client.next(timeout: max(.zero, deadline - .now)) {
            let data = Data(line.utf8)
            guard let status = try? JSONDecoder().decode(FleetStatus.self, from: data), status.type == "status" else {
                continue
            }
            if isJSON { return Output.json(line) }
            for line in Self.lines(status, now: Date()) { Output.line(line) }
            return
        }
        throw VisageError(.source, "The program that answers on \(socket) is not visage-fleet, or it hangs: restart it")
    }

    static func lines(_ status: FleetStatus, now: Date) -> [String] {
        let heads = ["machine", "state", "cameras", "lag", "version", "gallery", "seen"]
        let rows = status.machines.map { machine in
            [
                machine.machine, state(machine, now), cameras(machine), machine.lag.map(String.init) ?? "-",
                machine.version ?? "-", machine.gallery.map { String($0.prefix(12)) } ?? "-",
                machine.seen ?? "never",
            ]
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        var lines = ([heads] + rows).map { row in
            row.indices.map { row[$0].padding(toLength: widths[$0], withPad: " ", startingAt: 0) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }
        for machine in status.machines {
            if let problem = machine.problem { lines.append("\(machine.machine): \(problem)") }
            for camera in machine.cameras ?? [] where !camera.up {
                lines.append("\(machine.machine): camera \(camera.camera) is down")
            }
        }
        if let problem = status.problem { lines.append("this machine: \(problem)") }
        return lines
    }

    private static func state(_ machine: FleetStatus.Machine, _ now: Date) -> String {
        guard let seen = machine.seen,
            let time = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(seen)
        else { return "unseen" }
        if now.timeIntervalSince(time) > silence { return "silent" }
        return machine.daemon == nil ? "no visaged" : "up"
    }

    private static func cameras(_ machine: FleetStatus.Machine) -> String {
        guard let cameras = machine.cameras else { return "-" }
        return "\(cameras.count { $0.up }) of \(cameras.count)"
    }
}
