import Capture
import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

/// Supervision, with cameras that do what the test says; real ones are in Integration.
@Suite struct LiveSourceTests {
    /// Plays one script per session.
    private final class ScriptedCamera: LiveCamera {
        let name = "scripted"
        let sessions = Mutex(0)
        private let script: @Sendable (Int, LiveSession) throws -> Void

        init(_ script: @escaping @Sendable (Int, LiveSession) throws -> Void) { self.script = script }

        func run(_ session: LiveSession) throws {
            let number = sessions.withLock { count in
                defer { count += 1 }
                return count
            }
            try script(number, session)
        }
    }

    /// 101 different ones of the same brightness, by the columns that are looked at for it.
    private static func picture(_ number: Int) -> PixelBuffer {
        Pictures.picture(
            width: 64, height: 48, luma: { x, _ in x % 2 == 0 ? 110 : UInt8(60 + (x * 13 + number % 101 * 29) % 101) })
    }

    /// Delivers pictures at 100 fps until canceled, or so many.
    private static func stream(
        _ session: LiveSession, count: Int = .max, picture: (Int) -> PixelBuffer = picture,
        stamp: (Int) -> Duration? = { .milliseconds($0 * 10) }
    ) {
        session.opened("64x48", interval: .milliseconds(10))
        var number = 0
        while !session.isCancelled, number < count {
            session.deliver(LivePicture(image: picture(number), stamp: stamp(number), arrived: .now))
            number += 1
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Timeouts of a session. Tests of silent cameras use `short`. All others use `long`: on a busy machine the scripted
    /// camera itself may not run for seconds, and that must not be taken for a silent camera.
    private func timeouts(_ silence: Duration) -> LiveSession.Timeouts {
        var timeouts = LiveSession.Timeouts()
        (timeouts.opening, timeouts.firstPicture, timeouts.data) = (silence, silence * 2, silence)
        return timeouts
    }
    private var short: LiveSession.Timeouts { timeouts(.milliseconds(300)) }
    private var long: LiveSession.Timeouts { timeouts(testTimeout) }

    /// What `source` tells until `isEnough`.
    private func events(
        _ source: LiveSource, until isEnough: @escaping @Sendable ([SourceEvent]) -> Bool
    ) async throws -> [SourceEvent] {
        let listening = onThread { () throws -> [SourceEvent] in
            var all: [SourceEvent] = []
            while !isEnough(all), let event = try source.next() { all.append(event) }
            return all
        }
        let limit = Task {
            try await Task.sleep(for: testTimeout)
            source.cancel()
        }
        defer {
            limit.cancel()
            source.cancel()
        }
        return try await listening.value
    }

    private static func outages(_ events: [SourceEvent]) -> [Outage] {
        events.compactMap { if case .outage(let outage) = $0 { outage } else { nil } }
    }

    private static func frames(_ events: [SourceEvent]) -> [Frame] {
        events.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    @Test func numbersAndTimesGoOnOverAnOutage() async throws {
        let camera = ScriptedCamera { number, session in
            Self.stream(session, count: number == 0 ? 60 : .max)
            if !session.isCancelled { throw VisageError(.source, "the plug was pulled") }
        }
        let all = try await events(LiveSource(camera, timeouts: long)) { events in
            guard let outage = events.firstIndex(where: { if case .outage = $0 { true } else { false } }) else {
                return false
            }
            return Self.frames(Array(events[outage...])).count >= 5
        }
        let outages = Self.outages(all)
        #expect(outages.map(\.reason) == ["the plug was pulled"])
        #expect(outages.map(\.attempt) == [1])
        let frames = Self.frames(all)
        #expect(frames.map(\.number) == Array(0..<frames.count))
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.pts < $1.pts })
        // Each session's first pictures are not shown: the exposure may still be moving.
        let gap = zip(frames, frames.dropFirst()).map { $1.pts - $0.pts }.max()
        #expect(
            gap.map { $0 >= .milliseconds(600) } == true,
            "\(gap.map { $0.milliseconds } ?? -1) \(frames.map(\.pts.milliseconds))")
    }

    @Test func aCameraThatGoesSilentIsStartedAnew() async throws {
        let camera = ScriptedCamera { number, session in
            Self.stream(session, count: number == 0 ? 60 : .max)
            // It does not even notice: the supervisor does.
            while !session.isCancelled { Thread.sleep(forTimeInterval: 0.01) }
        }
        let source = LiveSource(camera, timeouts: short)
        let all = try await events(source) { events in
            !Self.outages(events).isEmpty && { if case .frame? = events.last { true } else { false } }()
        }
        let reason = try #require(Self.outages(all).first?.reason)
        #expect(reason.hasPrefix("nothing has come for"), "\(reason)")
    }

    @Test func oneThatNeverAnswersIsReported() async throws {
        let camera = ScriptedCamera { _, session in
            while !session.isCancelled, .now < session.deadline { Thread.sleep(forTimeInterval: 0.01) }
            throw session.timeoutError
        }
        let all = try await events(LiveSource(camera, timeouts: short)) { Self.outages($0).count >= 2 }
        #expect(Self.outages(all).map(\.reason) == ["no answer within 0.3 s", "no answer within 0.3 s"])
        #expect(Self.outages(all).map(\.attempt) == [1, 2])
    }

    @Test func aCallThatDoesNotReturnDoesNotHoldUpTheNews() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        let camera = ScriptedCamera { _, session in
            session.opened("stuck", interval: nil)
            release.wait()
        }
        let all = try await events(LiveSource(camera, timeouts: short)) { Self.outages($0).count >= 2 }
        #expect(Self.outages(all).last?.reason == "a call into the camera's driver does not return")
        // No second one beside it: the device is still in the hands of the first.
        #expect(camera.sessions.withLock { $0 } == 1)
    }

    @Test func aFrozenPictureIsFoundAndComesBackOnlyWhenItMoves() async throws {
        let camera = ScriptedCamera { number, session in
            // The second session is still frozen.
            Self.stream(
                session, picture: { Self.picture(number < 2 && $0 > 60 * (1 - number) ? 0 : $0 + 61 * (number / 2)) })
        }
        let source = LiveSource(camera, options: .init(frozenAfter: .milliseconds(500)), timeouts: long)
        let all = try await events(source) { events in
            Self.outages(events).count >= 2 && { if case .frame? = events.last { true } else { false } }()
        }
        let outages = Self.outages(all)
        #expect(outages.allSatisfy { $0.reason.contains("frozen") }, "\(outages)")
        // Nothing was shown between the two: it had not moved.
        let first = try #require(all.firstIndex { if case .outage = $0 { true } else { false } })
        let second = try #require(all[(first + 1)...].firstIndex { if case .outage = $0 { true } else { false } })
        #expect(Self.frames(Array(all[first..<second])).isEmpty)
    }

    @Test func aClockThatStandsStillIsFound() async throws {
        let camera = ScriptedCamera { _, session in Self.stream(session, stamp: { .milliseconds(min($0, 60) * 10) }) }
        let source = LiveSource(camera, options: .init(frozenAfter: .milliseconds(500)), timeouts: long)
        let all = try await events(source) { !Self.outages($0).isEmpty }
        #expect(Self.outages(all).first?.reason.contains("clock") == true)
    }

    @Test func whoIsSlowGetsTheNewestAndTheRestIsCounted() async throws {
        let delivered = Mutex<[Int64: Int]>([:])
        let camera = ScriptedCamera { _, session in
            session.opened("64x48", interval: .milliseconds(10))
            var number = 0
            while !session.isCancelled {
                let now = MonotonicTime.now
                delivered.withLock { $0[now.nanoseconds] = number }
                session.deliver(LivePicture(image: Self.picture(number), stamp: nil, arrived: now))
                number += 1
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        let source = LiveSource(camera, timeouts: long)
        let taken = try await onThread { () throws -> [(frame: Frame, age: Duration)] in
            defer { source.cancel() }
            var taken: [(Frame, Duration)] = []
            while taken.count < 10, let frame = try source.nextFrame() {
                taken.append((frame, .now - frame.captured))
                Thread.sleep(forTimeInterval: 0.1)
            }
            return taken
        }.value
        // The median, because a single frame may be late only because this process had to wait for a core. SoakLagTests
        // checks every frame.
        #expect(taken.map(\.age).sorted()[taken.count / 2] < .milliseconds(200), "\(taken.map(\.age))")
        let numbers = taken.compactMap { entry in delivered.withLock { $0[entry.frame.captured.nanoseconds] } }
        #expect(numbers.count == taken.count)
        // All that lies between two that were taken counts as skipped.
        let between = zip(numbers, numbers.dropFirst()).map { $1 - $0 - 1 }.reduce(0, +)
        #expect(between > 0)
        #expect(source.losses.skipped >= between - 1, "\(source.losses) of \(between)")
    }

    @Test func picturesThatComeLateAreSkipped() async throws {
        let camera = ScriptedCamera { _, session in
            session.opened("64x48", interval: .milliseconds(10))
            var number = 0
            while !session.isCancelled {
                session.deliver(
                    LivePicture(image: Self.picture(number), stamp: .milliseconds(number * 10), arrived: .now))
                number += 1
                // Once, and never makes it good.
                Thread.sleep(forTimeInterval: number == 100 ? 1 : 0.01)
            }
        }
        let source = LiveSource(camera, timeouts: long)
        _ = try await events(source) { _ in source.losses.skipped > 20 }
        #expect(source.losses.skipped > 20)
    }

    @Test func damageAloneIsAnOutage() async throws {
        let camera = ScriptedCamera { _, session in
            session.opened("H.264", interval: .milliseconds(10))
            Self.stream(session, count: 60)
            while !session.isCancelled {
                session.hasData()
                session.damaged()
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
        let all = try await events(LiveSource(camera, timeouts: long)) { !Self.outages($0).isEmpty }
        #expect(Self.outages(all).first?.reason == "data comes, but no usable picture for 10 s")
    }

    /// It is the advice that counts, not what kind of error it is.
    @Test(arguments: [VisageError.Code.source, .configuration], [RetryAdvice.mayHelp, .needsPerson])
    func whereOnlyAPersonCanHelpItIsNotTriedSoon(_ code: VisageError.Code, _ retry: RetryAdvice) async throws {
        let camera = ScriptedCamera { _, _ in throw VisageError(code, "as the test wants it", retry: retry) }
        let all = try await events(LiveSource(camera)) { !Self.outages($0).isEmpty }
        let outage = try #require(Self.outages(all).first)
        #expect(outage.retry == retry)
        #expect((outage.retryIn > .seconds(20)) == (retry == .needsPerson), "\(outage)")
    }

    @Test func aCameraThatIsAwayForLongIsNoNewsEveryTime() async throws {
        let camera = ScriptedCamera { _, _ in throw VisageError(.source, "no such device") }
        let all = try await events(LiveSource(camera)) { Self.outages($0).count >= 3 }
        #expect(Self.outages(all).map(\.attempt) == [1, 2, 4])
    }

    @Test func cancelingEndsItSoon() async throws {
        let camera = ScriptedCamera { _, session in Self.stream(session) }
        let source = LiveSource(camera)
        let listening = onThread {
            while try source.next() != nil {}
            return true
        }
        #expect(await eventually { camera.sessions.withLock { $0 } == 1 })
        source.cancel()
        #expect(try await listening.value)
    }
}
