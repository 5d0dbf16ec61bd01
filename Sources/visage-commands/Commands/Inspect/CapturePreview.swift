import ClientCommands
import Foundation
import Recognition
import VisageCore

/// Feedback for the person in front of the camera: one updated line on a terminal, one line per photo in a pipe.
final class CapturePreview {
    private let name: String
    private let count: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown: MonotonicTime?
    private var photos = 0
    /// Ten times a second is as fast as one can read.
    private static let interval = Duration.milliseconds(100)
    /// In a pipe, why there are no more photos.
    private static let slowly = Duration.seconds(5)

    init(name: String, count: Int) {
        self.name = name
        self.count = count
    }

    func show(_ look: EnrollmentJudge.Look, photos: Int) {
        let isNew = photos != self.photos
        self.photos = photos
        let now = MonotonicTime.now
        guard isNew || shown.map({ now - $0 >= (isTerminal ? Self.interval : Self.slowly) }) ?? true else { return }
        shown = now
        let line = describe(look)
        if !isTerminal {
            note(line)
        } else {
            Output.control("\r\u{1B}[K\(line)")
        }
    }

    /// Something that stays on the screen.
    func note(_ text: String) {
        Output.control((isTerminal && shown != nil ? "\r\u{1B}[K" : "") + TerminalText.escaped(text) + "\n")
    }

    func finish() { if isTerminal, shown != nil { Output.control("\r\u{1B}[K") } }

    private func describe(_ look: EnrollmentJudge.Look) -> String {
        var parts = ["\(name) \(photos) of \(count)"]
        if let face = look.face {
            parts.append("face \(Int(face.box.shortSide.rounded())) px")
            if let quality = look.quality {
                parts.append("pose \(Self.percent(quality.pose))")
                parts.append("sharpness \(Self.percent(quality.sharpness))")
            }
        }
        switch look.outcome {
        case .accepted: parts.append("saved")
        case .refused(let reason): parts.append(reason)
        }
        return TerminalText.escaped(parts.joined(separator: " · "))
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
