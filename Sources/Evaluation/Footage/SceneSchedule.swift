import VisageCore

/// Who is on which part of the stage when: people come and go, each place on its own, at random but the same for the same
/// seed. Counts in frames.
struct Programme: Sendable {
    /// Somebody's time in one place.
    struct Turn: Sendable {
        let performer: Int
        let place: Int
        let frames: Range<Int>
        let stay: Int
    }

    /// In seconds: how long somebody is there, how long a place then stays empty.
    private static let turn = 3.0...9.0
    private static let pause = 0.4...3.0
    /// A track outlasts 3 s: who is back within the first is the same, who is away for the second is not. Nothing between,
    /// for faces are seen a little later and less long than their films.
    private static let shortAbsence = 1.5
    private static let longAbsence = 4.5

    let turns: [Turn]

    /// - Parameters:
    ///   - performers: of whom each is in one place at a time.
    ///   - frames: in all.
    init(performers: Int, places: Int, frames: Int, fps: Double, seed: UInt64) {
        var random = SplitMix(seed: seed)
        var turns: [Turn] = []
        var free = (0..<places).map { _ in Self.frames(0...2, fps, &random) }
        /// The last turn of each.
        var last: [Int: Turn] = [:]
        var stays = 0
        for now in 0..<frames {
            for place in 0..<places where free[place] <= now {
                let ready = (0..<performers).filter { performer in
                    guard let turn = last[performer] else { return true }
                    let absence = Double(now - turn.frames.upperBound) / fps
                    return absence >= Self.longAbsence || (0...Self.shortAbsence).contains(absence)
                }
                guard let performer = ready.randomElement(using: &random) else { continue }
                let end = now + Self.frames(Self.turn, fps, &random)
                let before = last[performer]
                let isBack = before.map { Double(now - $0.frames.upperBound) / fps <= Self.shortAbsence } ?? false
                if !isBack { stays += 1 }
                let turn = Turn(
                    performer: performer, place: place, frames: now..<end,
                    stay: isBack ? before?.stay ?? stays : stays)
                turns.append(turn)
                last[performer] = turn
                free[place] = end + Self.frames(Self.pause, fps, &random)
            }
        }
        self.turns = turns
    }

    private static func frames(_ seconds: ClosedRange<Double>, _ fps: Double, _ random: inout SplitMix) -> Int {
        Int((Double.random(in: seconds, using: &random) * fps).rounded())
    }
}
