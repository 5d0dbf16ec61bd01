import VisageCore

/// Which person is shown at which place of a composed scene, and when. People come and go at each place independently,
/// at random, but the same for the same seed. Times are frame numbers.
struct SceneSchedule: Sendable {
    /// One person is shown at one place without a break.
    struct Appearance: Sendable {
        /// Index of the person.
        let person: Int
        /// Index of the place.
        let place: Int
        let frames: Range<Int>
        /// See `FilmedPerson.stay`.
        let stay: Int
    }

    /// Length of an appearance, and of the time for which its place is empty afterwards, in seconds.
    private static let length = 3.0...9.0
    private static let pause = 0.4...3.0
    /// Absences in seconds: after at most `shortAbsence` a person is expected to keep the track, after at least `longAbsence`
    /// to get a new one. The tracker keeps a track for 3 s without detections. Absences in between are not scheduled, because
    /// detection begins somewhat later and ends somewhat earlier than the face is shown.
    private static let shortAbsence = 1.5
    private static let longAbsence = 4.5

    let appearances: [Appearance]

    /// - Parameters:
    ///   - people: number of people; each is shown at one place at a time.
    ///   - frames: length of the scene.
    init(people: Int, places: Int, frames: Int, fps: Double, seed: UInt64) {
        var random = SplitMix(seed: seed)
        var appearances: [Appearance] = []
        /// For each place, the frame from which it is free.
        var free = (0..<places).map { _ in Self.frames(0...2, fps, &random) }
        /// The last appearance of each person.
        var last: [Int: Appearance] = [:]
        var stays = 0
        for now in 0..<frames {
            for place in 0..<places where free[place] <= now {
                let ready = (0..<people).filter { person in
                    guard let appearance = last[person] else { return true }
                    let absence = Double(now - appearance.frames.upperBound) / fps
                    return absence >= Self.longAbsence || (0...Self.shortAbsence).contains(absence)
                }
                guard let person = ready.randomElement(using: &random) else { continue }
                let end = now + Self.frames(Self.length, fps, &random)
                let before = last[person]
                let isBack = before.map { Double(now - $0.frames.upperBound) / fps <= Self.shortAbsence } ?? false
                if !isBack { stays += 1 }
                let appearance = Appearance(
                    person: person, place: place, frames: now..<end,
                    stay: isBack ? before?.stay ?? stays : stays)
                appearances.append(appearance)
                last[person] = appearance
                free[place] = end + Self.frames(Self.pause, fps, &random)
            }
        }
        self.appearances = appearances
    }

    private static func frames(_ seconds: ClosedRange<Double>, _ fps: Double, _ random: inout SplitMix) -> Int {
        Int((Double.random(in: seconds, using: &random) * fps).rounded())
    }
}
