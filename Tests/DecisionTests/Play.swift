import Decision
import Events
import Recognition
import TestSupport
import Tracking
import Unknowns
import VisageCore

/// Plays people before a decider at 25 frames a second, each embedding arriving `delay` frames after it was asked for.
struct Play {
    private(set) var decider: Decider
    private(set) var events: [Event] = []
    /// When embeddings were asked for, in seconds.
    private(set) var asked: [Double] = []
    private var frame = 0
    private var jobs: [(due: Int, request: Decider.Request, frame: Frame, sample: FaceSample?)] = []
    private let image = Pictures.plain(width: 1280, height: 480, y: 100)
    private let delay: Int
    private let policy: EmbeddingPolicy

    init(
        delay: Int = 8, firstNumber: Int = 1, numberStep: Int = 1,
        classifier: @escaping @Sendable () -> (any IdentityClassifier)? =
            annAndBob, unknowns: UnknownMemory = memory()
    ) {
        self.delay = delay
        policy = EmbeddingPolicy()
        decider = Decider(
            tracking: Tracker.Options(), policy: policy, rules: DecisionRules(madeUpCurve),
            firstNumber: firstNumber, numberStep: numberStep, classifier: classifier,
            unknowns: unknowns.camera("door", isStart: true))
    }

    var time: Double { Double(frame) / 25 }

    /// - Parameter failing: whether the embedder fails on this frame.
    mutating func run(
        _ people: [Person], until end: Double, isCutAt cut: Double? = nil,
        failing: (Int) -> Bool = { _ in false }
    ) {
        while time < end {
            let now = Pictures.frame(frame, image: picture(of: people.filter(\.isDrawn)))
            let seen = people.compactMap { person in person.face(at: time).map { (person, $0) } }
            let requests = decider.advance(
                seen.map(\.1), frame: now, isCut: cut.map { abs($0 - time) < 0.02 } ?? false)
            for job in jobs where job.due <= frame { decider.take(job.sample, for: job.request, in: job.frame) }
            jobs.removeAll { $0.due <= frame }
            for request in requests where jobs.count < policy.inFlight {
                decider.submitted(request, at: now.pts)
                asked.append(time)
                let person = seen.first { $0.1.box == request.face.box }?.0
                jobs.append(
                    (frame + delay, request, now, failing(frame) ? nil : person?.sample(frame: frame)))
            }
            events += report(decider.settle(now), at: now)
            frame += 1
        }
    }

    /// The plain one with the faces of `people` drawn in.
    private func picture(of people: [Person]) -> PixelBuffer {
        let faces = people.compactMap { person in person.face(at: time).map { (person, $0.box) } }
        guard !faces.isEmpty else { return image }
        let copy = image.copy()
        for (person, box) in faces {
            for y in 0..<Int(box.height) {
                let row = copy.luma.base + (Int(box.y) + y) * copy.luma.stride + Int(box.x)
                for x in 0..<Int(box.width) { row[x] = person.luma(Double(x) / box.width, Double(y) / box.height) }
            }
        }
        return copy
    }

    mutating func finish() {
        let last = Pictures.frame(max(0, frame - 1), image: image)
        events += report(decider.finish(last), at: last)
    }

    /// As subscribers are sent them.
    private func report(_ events: [TrackEvent], at frame: Frame) -> [Event] {
        events.map { Event(CameraEvent(camera: "door", time: frame.wall, .track($0, nil))) }
    }

    /// One line an event: type, track, who.
    var story: [String] {
        events.map { event in
            let type = event.type.rawValue.replacing("face.", with: "")
            let who = event.name ?? event.unknownID
            return "\(type) \(event.track ?? 0)" + (who.map { " \($0)" } ?? "")
        }
    }

    /// The number under which the face at `x` is shown now.
    func number(at x: Double) -> Int? {
        decider.shown().first { abs($0.face.box.x - x) < 5 }?.track
    }

    /// Seconds at which events of a type were told.
    func times(_ type: EventType) -> [Double] {
        events.filter { $0.type == type }.map { Double($0.frame?.ptsMs ?? -1) / 1000 }
    }
}
