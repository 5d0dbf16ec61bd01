import Capture
import TestSupport
import Testing
import VisageCore

/// The decisions of supervision alone: no threads, no clock, no camera.
@Suite struct LiveSupervisorTests {
    private struct Run {
        var supervisor: LiveSupervisor
        var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
        /// What was to be done, in words.
        private(set) var actions: [String] = []
        private(set) var outages: [Outage] = []
        private(set) var frames: [(number: Int, pts: Duration)] = []

        init(_ options: LiveSource.Options = .init()) { supervisor = LiveSupervisor(options, at: now) }

        mutating func tell(_ event: LiveSupervisor.Event, after wait: Duration = .zero) {
            now = now + wait
            for action in supervisor.handle(event, at: now, chance: 1) {
                switch action {
                case .start: actions.append("start")
                case .cancel: actions.append("cancel")
                case .announce(let text): actions.append(text)
                case .skip: actions.append("skip")
                case .deliver(_, let number, let pts, _): frames.append((number, pts))
                case .report(let outage):
                    outages.append(outage)
                    actions.append("down")
                }
            }
        }

        /// Pictures of a live scene, one each 50 ms.
        mutating func watch(_ count: Int, from first: Int = 0, age: Duration = .zero) {
            for index in first..<first + count {
                now = now + .milliseconds(50)
                let picture = Pictures.picture(
                    width: 64, height: 48, luma: { x, _ in x % 2 == 0 ? 110 : UInt8(60 + (x * 13 + index * 29) % 101) })
                let arrived = MonotonicTime(nanoseconds: now.nanoseconds - age.inNanoseconds)
                tell(.picture(LivePicture(image: picture, stamp: nil, arrived: arrived)))
            }
        }

        /// Waits as long as it is told to.
        mutating func waitForStart() { tell(.tick, after: supervisor.wake(at: now) - now) }
    }

    @Test func framesAreNumberedOverAnOutageAndTheirTimeGoesOn() {
        var run = Run()
        run.tell(.tick)
        run.tell(.opened("1280x720"))
        run.watch(20)
        let before = run.frames
        #expect(run.actions == ["start", "1280x720"] && !before.isEmpty)
        run.tell(.ended(VisageError(.source, "the plug was pulled")))
        run.tell(.released)
        run.waitForStart()
        run.tell(.opened("1280x720"))
        run.watch(20, from: 20)
        #expect(run.actions == ["start", "1280x720", "cancel", "down", "start", "1280x720"])
        #expect(run.outages == [Outage(reason: "the plug was pulled", attempt: 1, retryIn: .milliseconds(500))])
        #expect(run.frames.map(\.number) == Array(0..<run.frames.count))
        #expect(zip(run.frames, run.frames.dropFirst()).allSatisfy { $0.pts < $1.pts })
    }

    /// A second session would find the device in use by the first.
    @Test func nothingIsStartedBeforeTheLastSessionHasLetGo() {
        var run = Run()
        run.tell(.tick)
        run.tell(.overdue(VisageError(.source, "no answer")))
        for _ in 0..<100 where run.outages.count < 2 { run.waitForStart() }
        #expect(run.actions == ["start", "cancel", "down", "down"])
        #expect(run.outages.map(\.reason) == ["no answer", "a call into the camera's driver does not return"])
        run.tell(.released)
        run.waitForStart()
        #expect(run.actions.last == "start")
    }

    @Test func whatNeedsAPersonIsTriedRarely() {
        var run = Run()
        run.tell(.tick)
        run.tell(.ended(VisageError(.source, "wrong password", retry: .needsPerson)))
        #expect(run.outages.map(\.retryIn) == [.seconds(30)])
    }

    /// A camera that is away for a month is not reported every half minute.
    @Test func theSameReasonIsReportedWhenAttemptsHaveDoubled() {
        var run = Run()
        run.tell(.tick)
        for _ in 0..<40 {
            run.tell(.ended(VisageError(.source, "nothing there")))
            run.tell(.released)
            run.waitForStart()
        }
        #expect(run.outages.map(\.attempt) == [1, 2, 4, 8, 16, 32])
    }

    @Test func aFrozenPictureEndsTheSession() {
        var run = Run(.init(frozenAfter: .seconds(2)))
        run.tell(.tick)
        run.tell(.opened("x"))
        run.watch(20)
        let picture = Pictures.picture(width: 64, height: 48, luma: { _, _ in 100 })
        for _ in 0..<60 where run.outages.isEmpty {
            run.tell(.picture(LivePicture(image: picture, stamp: nil, arrived: run.now)), after: .milliseconds(50))
        }
        #expect(run.outages.map(\.reason) == ["the camera is frozen: it has sent the same picture for 2 s"])
    }

    @Test func dataWithoutUsablePicturesEndsTheSession() {
        var run = Run()
        run.tell(.tick)
        run.tell(.opened("x"))
        for _ in 0..<120 where run.outages.isEmpty { run.tell(.tick, after: .milliseconds(100)) }
        #expect(run.outages.map(\.reason) == ["data comes, but no usable picture for 10 s"])
    }

    @Test func oldPicturesAreSkippedWhileThereAreNewerOnes() {
        var run = Run()
        run.tell(.tick)
        run.tell(.opened("x"))
        run.watch(20)
        let count = run.frames.count
        run.watch(3, from: 20, age: .milliseconds(400))
        #expect(run.frames.count == count && run.actions.suffix(3) == ["skip", "skip", "skip"])
    }

    /// What an ended session still says is too late.
    @Test func nothingIsTakenFromASessionThatWasGivenUp() {
        var run = Run()
        run.tell(.tick)
        run.tell(.ended(nil))
        run.tell(.opened("late"))
        run.watch(10)
        #expect(run.actions == ["start", "cancel", "down"] && run.frames.isEmpty)
    }
}
