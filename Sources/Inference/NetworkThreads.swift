import CLinux
import Foundation
import VisageCore

/// The threads that OpenVINO runs networks on. It hands each run to one of them, so that what a network costs is to be
/// found there, and not at the thread that waits for the result. They are named after the network.
package enum NetworkThreads {
    private static let prefix = "net."

    /// Runs `body`, whose new threads get the network's name; the calling thread has its own again afterwards.
    static func naming<Result>(after model: String, _ body: () throws -> Result) rethrows -> Result {
        let own = name(of: "/proc/thread-self/comm")
        visage_set_thread_name(prefix + model)
        defer { visage_set_thread_name(own) }
        return try body()
    }

    /// Processor time so far of the threads of each network of this process, by the beginning of its name, which the kernel
    /// cuts after 15 bytes.
    package static var processorTimes: [String: Duration] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return threads.reduce(into: [:]) { times, thread in
            let name = name(of: "/proc/self/task/\(thread)/comm")
            guard name.hasPrefix(prefix) else { return }
            let line = (try? String(contentsOfFile: "/proc/self/task/\(thread)/schedstat", encoding: .utf8)) ?? ""
            let nanoseconds = line.split(separator: " ").first.flatMap { Int64($0) } ?? 0
            times[String(name.dropFirst(prefix.count)), default: .zero] += .nanoseconds(nanoseconds)
        }
    }

    private static func name(of path: String) -> String {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
