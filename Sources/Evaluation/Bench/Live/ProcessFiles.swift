import Foundation
import VisageCore

/// What the kernel says of processes in /proc.
package enum ProcessFiles {
    /// Memory of a process in bytes: its share of what it has in common with others (PSS). Where that may not be read, all
    /// that is resident, common memory in full.
    package struct Memory: Sendable, Equatable {
        package var bytes: Int
        package var isProportional: Bool
    }

    /// The processes of that name that this process has started.
    static func children(named name: String) -> [pid_t] {
        let own = getpid()
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { process in
            guard let stat = Stat(text("/proc/\(process)/stat")) else { return false }
            return stat.parent == own && stat.name == name
        }
    }

    /// User and kernel mode together, in steps of ten milliseconds; nil if there is no such process any more.
    static func processorTime(of process: pid_t) -> Duration? {
        Stat(text("/proc/\(process)/stat")).map { .seconds($0.ticks) / max(1, sysconf(Int32(_SC_CLK_TCK))) }
    }

    static func threads(of process: pid_t) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task"))?.count ?? 0
    }

    static func memory(of process: pid_t) -> Memory? {
        if let bytes = bytes("Pss:", in: text("/proc/\(process)/smaps_rollup")) {
            return Memory(bytes: bytes, isProportional: true)
        }
        return bytes("VmRSS:", in: text("/proc/\(process)/status")).map { Memory(bytes: $0, isProportional: false) }
    }

    /// Of what a process has in common with others, its share; 0 where that may not be read.
    static func commonMemory(of process: pid_t) -> Int {
        let text = text("/proc/\(process)/smaps_rollup")
        let own = (bytes("Private_Clean:", in: text) ?? 0) + (bytes("Private_Dirty:", in: text) ?? 0)
        return max(0, (bytes("Pss:", in: text) ?? 0) - own)
    }

    /// The value of a line such as `Pss:   1234 kB`.
    package static func bytes(_ key: String, in text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// A line of /proc/PID/stat.
    package struct Stat: Sendable, Equatable {
        package let name: String
        package let parent: pid_t
        /// Of the processor, in clock ticks.
        package let ticks: Int

        /// - Returns: nil if it is none.
        package init?(_ line: String) {
            // The name stands in parentheses, and may hold spaces and parentheses.
            guard let open = line.firstIndex(of: "("), let end = line.lastIndex(of: ")"), open < end else { return nil }
            let fields = line[line.index(after: end)...].split(separator: " ")
            guard fields.count > 12, let parent = pid_t(fields[1]), let user = Int(fields[11]),
                let system = Int(fields[12])
            else { return nil }
            name = String(line[line.index(after: open)..<end])
            self.parent = parent
            ticks = user + system
        }
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
