import ClientCommands
import Evaluation
import Foundation
import Synchronization
import VisageCore

/// Shows the progress of a command on standard error: a bar on a terminal after the first second, nothing in a pipe. With
/// `--json` of the commands that train: objects on standard output.
/// Safe to use from several threads.
final class Progress: ProgressDisplay {
    private let title: String
    private let total: Int
    private let started = MonotonicTime.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let shown = Mutex<MonotonicTime?>(nil)

    init(_ title: String, total: Int) {
        self.title = title
        self.total = total
    }

    /// `Progress` in the form that measurements ask for.
    static func start(_ title: String, _ total: Int) -> any ProgressDisplay { Progress(title, total: total) }

    private struct Report: Encodable {
        var progress: String
        var done: Int
        var total: Int
    }

    func update(_ done: Int) {
        let isJSON = Output.isJSON.load(ordering: .relaxed)
        guard isTerminal || isJSON else { return }
        let now = MonotonicTime.now
        shown.withLock { shown in
            guard isJSON || now - started > .seconds(1),
                done == total || shown.map({ now - $0 > .milliseconds(100) }) ?? true
            else { return }
            shown = now
            if isJSON {
                try? printJSON(Report(progress: title, done: done, total: total))
                return
            }
            let width = 30
            let filled = total > 0 ? width * done / total : 0
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            Output.control("\r\(title) \(bar) \(done)/\(total)")
        }
    }

    /// Clears the bar.
    func finish() {
        shown.withLock { shown in
            if shown != nil, !Output.isJSON.load(ordering: .relaxed) { Output.control("\r\u{1B}[K") }
            shown = nil
        }
    }
}
