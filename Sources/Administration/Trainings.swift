import Foundation
import VisageCore

/// Changes of the gallery, one at a time: what is under way, and how the last one ended.
public actor Trainings {
    /// What one sees of a change.
    public struct State: Sendable, Codable, Equatable {
        public enum Phase: String, Sendable, Codable {
            /// Nothing has been changed since this program started.
            case none
            case running
            case done
            case failed
        }

        /// Grows with every change.
        public var number = 0
        public var phase = Phase.none
        /// In words.
        public var title = ""
        /// What is counted, and how much of it is done.
        public var progress: String?
        public var done = 0
        public var total = 0
        /// What the command has said.
        public var lines: [String] = []
        /// Why it failed; everything is as it was then.
        public var problem: String?
    }

    private struct Line: Decodable {
        var line: String?
        var progress: String?
        var done: Int?
        var total: Int?
    }

    public private(set) var state = State()
    private let command: VisageCommand
    private let audit: @Sendable (String) -> Void

    /// - Parameter audit: gets a line for each change that is begun and for its end.
    public init(_ command: VisageCommand, audit: @escaping @Sendable (String) -> Void) {
        self.command = command
        self.audit = audit
    }

    /// Begins a change, and returns.
    /// - Parameters:
    ///   - title: what is done, for people.
    ///   - user: who does it.
    ///   - words, values: as `VisageCommand.run` has them; the command has to know `--json`.
    ///   - finally: is run when it has ended.
    /// - Returns: its number.
    /// - Throws: `VisageError` (inUse) while another one is under way.
    @discardableResult
    public func begin(
        _ title: String, by user: String, _ words: [String], values: [String],
        finally: @escaping @Sendable () -> Void = {}
    ) throws -> Int {
        guard state.phase != .running else {
            finally()
            throw VisageError(.inUse, "Another change is under way (\(state.title)): repeat yours when it is done")
        }
        state = State(number: state.number + 1, phase: .running, title: title)
        // Names of people are not logged.
        let command = "change \(state.number), visage \(words.prefix { !$0.hasPrefix("-") }.joined(separator: " "))"
        audit("\(user): \(command): begun")
        Task { await run(words, values, "\(user): \(command)", finally) }
        return state.number
    }

    private func run(_ words: [String], _ values: [String], _ change: String, _ finally: @Sendable () -> Void) async {
        let (lines, more) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(1000))
        let reader = Task {
            for await line in lines { self.hear(line) }
        }
        do {
            let outcome = try await command.run(words + ["--json"], values: values) { more.yield($0) }
            more.finish()
            await reader.value
            finish(outcome.exitCode == 0 ? nil : outcome.problem.isEmpty ? "the command was ended" : outcome.problem)
        } catch {
            more.finish()
            await reader.value
            finish("\(error)")
        }
        finally()
        audit("\(change): \(state.phase.rawValue)")
    }

    private func hear(_ text: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { return }
        if let said = line.line, state.lines.count < 1000 { state.lines.append(said) }
        if let progress = line.progress {
            (state.progress, state.done, state.total) = (progress, line.done ?? 0, line.total ?? 0)
        }
    }

    private func finish(_ problem: String?) {
        state.phase = problem == nil ? .done : .failed
        state.problem = problem
        state.progress = nil
    }
}
