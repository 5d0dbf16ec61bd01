import Foundation
import VisageCore

/// Tries a camera's address with `visage try`, which opens it in a process within walls. One at a time, and nothing of it is
/// kept.
public actor SourceTrial {
    /// What has come of it.
    public struct Outcome: Sendable, Codable, Equatable {
        /// Whether pictures have come.
        public var works: Bool
        /// The address without credentials; nil if it does not work.
        public var source: String?
        /// How the pictures are encoded, and how they come.
        public var stream: String?
        /// In pixels.
        public var width: Int?
        public var height: Int?
        /// Frames per second.
        public var fps: Double?
        /// Why it does not work.
        public var reason: String?
    }

    private struct Report: Decodable {
        let source: String
        let stream: String
        let width: Int
        let height: Int
        let fps: Double?
    }

    private static let seconds = 20
    /// For starting and ending besides.
    private static let limit = Duration.seconds(35)

    private let command: VisageCommand
    private var isBusy = false

    public init(_ command: VisageCommand) { self.command = command }

    /// Whether a text is something that may be tried: a network camera or a webcam, never a file or another protocol.
    public static func isAllowed(_ source: String) -> Bool {
        guard source.utf8.count <= 2000, source.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else {
            return false
        }
        if source.hasPrefix("/dev/video") { return source.dropFirst(10).allSatisfy { $0.isASCII && $0.isNumber } }
        return RTSPAddress.isOne(source)
    }

    /// - Throws: `VisageError` (usage) for what may not be tried, (inUse) while another one is tried, (engine) if the command
    ///   cannot be run.
    public func run(_ source: String) async throws -> Outcome {
        guard Self.isAllowed(source) else {
            throw VisageError(
                .usage, "Only rtsp:// and rtsps:// addresses and webcams such as /dev/video0 can be tried")
        }
        guard !isBusy else { throw VisageError(.inUse, "Another source is being tried: repeat this in a moment") }
        isBusy = true
        defer { isBusy = false }
        // On standard input, because there may be a password in it.
        let outcome = try await command.run(
            ["try", "-", "--json", "--seconds", "\(Self.seconds)"], input: source + "\n", isConfigured: false,
            limit: Self.limit)
        guard outcome.exitCode == 0, let line = outcome.lines.last,
            let report = try? JSONDecoder().decode(Report.self, from: Data(line.utf8))
        else {
            return Outcome(works: false, reason: reason(outcome, source))
        }
        return Outcome(
            works: true, source: report.source, stream: report.stream, width: report.width, height: report.height,
            fps: report.fps)
    }

    private func reason(_ outcome: VisageCommand.Outcome, _ source: String) -> String {
        let reason = outcome.problem.isEmpty ? "it takes too long to answer" : outcome.problem
        guard source.hasPrefix("/dev/"), access(source, F_OK) != 0 else { return reason }
        return "\(reason). The service visage-web has no access to webcams: run `sudo -u visage visage try \(source)`"
    }
}
