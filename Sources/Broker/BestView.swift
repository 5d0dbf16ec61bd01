import Events
import Foundation

/// Where in the recordings the best view of a visitor's face is.
package struct BestView: Equatable, Sendable {
    /// A moment of a recording.
    package struct Moment: Equatable, Sendable {
        /// The name of the file in the camera's folder.
        package let file: String
        /// Milliseconds from its beginning.
        package let offsetMs: Int
    }

    package let camera: String
    /// To be tried in this order: where one recording ended during the visit, the view is in one of two.
    package let moments: [Moment]
    /// `[x, y, width, height]` in pixels of the frame.
    package let box: [Double]

    /// - Parameter first: where the visit was first seen in a recording.
    /// - Returns: nil if it was not recorded.
    init?(_ departure: Event.Departure, _ last: Presence.Recorded?, first: Presence.Recorded?, camera: String) {
        let moments = [last, first].compactMap { $0?.moment(ptsMs: departure.best.ptsMs) }
        guard !moments.isEmpty, departure.best.box.count == 4, Self.isPlain(camera) else { return nil }
        self.camera = camera
        self.moments = moments.first == moments.last ? [moments[0]] : moments
        box = departure.best.box
    }

    fileprivate static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.contains { $0 == "/" || $0 == "\0" }
    }
}

extension Presence {
    /// Where a frame is in a recording.
    public struct Recorded: Codable, Sendable, Equatable {
        var file: String
        var offsetMs: Int
        /// Of the frame.
        var ptsMs: Int

        init?(_ sighting: Event.Sighting) {
            guard let position = sighting.recording, BestView.isPlain(position.file) else { return nil }
            (file, offsetMs, ptsMs) = (position.file, position.offsetMs, sighting.frame.ptsMs)
        }

        /// Another frame of the same recording; nil if it was before that began.
        fileprivate func moment(ptsMs other: Int) -> BestView.Moment? {
            let (moved, overflow) = offsetMs.addingReportingOverflow(other &- ptsMs)
            return overflow || moved < 0 ? nil : .init(file: file, offsetMs: moved)
        }
    }
}
