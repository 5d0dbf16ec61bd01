import VisageCore

/// Where a face was seen last, and how it was seen best.
struct Sightings {
    private(set) var time: Duration
    private(set) var view: FaceSighting
    private(set) var score: Double
    private(set) var best: FaceSighting

    init(_ view: FaceSighting, score: Double, at time: Duration) {
        (self.time, self.view, self.score, best) = (time, view, score, view)
    }

    mutating func add(_ view: FaceSighting, score: Double, at time: Duration) {
        (self.time, self.view, self.score) = (time, view, score)
        consider(view)
    }

    /// Takes a view for the best if it is better by a difference that an event shows.
    mutating func consider(_ view: FaceSighting) {
        if view.quality.roundedToFourDecimals > best.quality.roundedToFourDecimals { best = view }
    }
}
