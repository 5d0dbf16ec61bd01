import Foundation
import Synchronization
import VisageCore

/// Plays `visage-fleet`: streams of machines behind a Unix socket, each event with its position. Whoever connects is greeted
/// and gets what was asked for, until `hangUp`.
final class FleetSocketUnderTest: Sendable {
    private struct State {
        var streams: [String: [String]] = [:]
        var oldest: [String: Int] = [:]
        var requests: [[String: Int64]] = []
        var sent: [String] = []
        var generation = 0
        var isEnded = false
    }

    let path: String
    private let listener: Int32
    private let state = Mutex(State())

    init(at path: String) throws {
        self.path = path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 8) == 0 else {
            throw VisageError(.unwritable, "no socket at \(path)", cause: String(cString: strerror(errno)))
        }
        Thread { [self] in accept() }.start()
    }

    /// What was asked for, the newest last.
    var requests: [[String: Int64]] { state.withLock { $0.requests } }
    /// `machine position` of each event that was sent.
    var sent: [String] { state.withLock { $0.sent } }

    func add(_ lines: [String], to machine: String) {
        state.withLock { $0.streams[machine, default: []] += lines }
    }

    /// Begins a stream anew.
    func replace(_ machine: String, with lines: [String]) { state.withLock { $0.streams[machine] = lines } }

    /// The first events of a stream go.
    func trim(_ machine: String, oldest: Int) { state.withLock { $0.oldest[machine] = oldest } }

    /// Closes all connections, as when `visage-fleet` restarts.
    func hangUp() { state.withLock { $0.generation += 1 } }

    func end() {
        state.withLock { $0.isEnded = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private func accept() {
        while !state.withLock({ $0.isEnded }) {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else { return }
            Thread { [self] in serve(client) }.start()
        }
    }

    private func serve(_ client: Int32) {
        defer { close(client) }
        let generation = state.withLock { $0.generation }
        say(client, hello())
        guard let since = request(client) else { return }
        state.withLock { $0.requests.append(since) }
        var next: [String: Int] = [:]
        while !state.withLock({ $0.isEnded || $0.generation != generation }) {
            for (machine, position, line) in due(since, &next) {
                say(client, #"{"machine":"\#(machine)","position":\#(position),"# + line.dropFirst())
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    private func due(_ since: [String: Int64], _ next: inout [String: Int]) -> [(String, Int, String)] {
        state.withLock { state in
            var due: [(String, Int, String)] = []
            for (machine, lines) in state.streams.sorted(by: { $0.key < $1.key }) {
                let asked = Int(clamping: (since[machine] ?? since["*"] ?? Int64.max - 1) + 1)
                var position = max(next[machine] ?? asked, state.oldest[machine] ?? 1)
                while position <= lines.count {
                    due.append((machine, position, lines[position - 1]))
                    state.sent.append("\(machine) \(position)")
                    position += 1
                }
                next[machine] = position
            }
            return due
        }
    }

    private func hello() -> String {
        let machines = state.withLock { state in
            state.streams.map { machine, lines in
                #"{"machine":"\#(machine)","oldest":\#(state.oldest[machine] ?? 1),"newest":\#(lines.count)}"#
            }
        }
        return #"{"machines":[\#(machines.joined(separator: ","))],"schema":1,"type":"hello","version":"0"}"#
    }

    private func request(_ client: Int32) -> [String: Int64]? {
        struct Request: Decodable { let since: [String: Int64] }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return try? JSONDecoder().decode(Request.self, from: Data(line)).since
    }

    private func say(_ client: Int32, _ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
