import Logging
import Publishing
import Synchronization
import VisageCore

/// The cameras that run, and how one configuration's become another's: those that stay the same do not notice.
final class CameraSet: Sendable {
    /// Tracks of a camera that comes later begin at a multiple of this, so that no two of a run share a number.
    private static let numbersPerLateCamera = 1_000_000

    private let shared: SharedParts
    private let hub: EventHub
    private let statistics: StatisticsBoard
    private let state = Mutex(State())

    private struct State {
        var cameras: [RunningCamera] = []
        var late = 0
        var isStopping = false
        /// Waits for all to have ended.
        var waiter: CheckedContinuation<Void, Never>?
        var isChanging = false

        var isOver: Bool { !isChanging && cameras.allSatisfy(\.hasEnded) }

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? { isOver ? waiter.take() : nil }
    }

    init(_ plans: [CameraPlan], shared: SharedParts, hub: EventHub, statistics: StatisticsBoard) throws {
        self.shared = shared
        self.hub = hub
        self.statistics = statistics
        let cameras = try plans.enumerated().map { index, plan in
            try RunningCamera(plan, shared: shared, numbers: (index + 1, plans.count), isStart: true)
        }
        state.withLock { $0.cameras = cameras }
        announce(cameras)
    }

    var cameras: [RunningCamera] { state.withLock { $0.cameras } }

    /// Opens the sockets of all.
    /// - Throws: `VisageError`; none is open then.
    func open() async throws {
        for camera in cameras {
            do { try await camera.open() } catch {
                await close()
                throw error
            }
        }
    }

    func start() { for camera in cameras { start(camera) } }

    /// Takes over another configuration's cameras.
    /// - Throws: `VisageError` if one of the new ones cannot be made; then nothing has changed.
    func apply(_ plans: [CameraPlan]) async throws {
        let before = cameras
        let kept = before.filter { plans.contains($0.plan) }
        // Made before anything is stopped: what cannot be made is refused.
        var made: [RunningCamera] = []
        for plan in plans where !kept.contains(where: { $0.plan == plan }) {
            let late = state.withLock { state in
                state.late += 1
                return state.late
            }
            made.append(
                try RunningCamera(
                    plan, shared: shared, numbers: (late * Self.numbersPerLateCamera + 1, 1), isStart: false))
        }
        let gone = before.filter { camera in !kept.contains { $0 === camera } }
        guard !gone.isEmpty || !made.isEmpty else { return }
        state.withLock { $0.isChanging = true }
        for camera in gone { camera.pipeline.stop() }
        for camera in gone {
            await ended(camera)
            await camera.close()
            statistics.remove(camera.plan.name)
        }
        let cameras = plans.compactMap { plan in (kept + made).first { $0.plan == plan } }
        let isStopping = state.withLock { state in
            state.cameras = cameras
            return state.isStopping
        }
        announce(cameras)
        for camera in made {
            do {
                try await camera.open()
            } catch {
                // The camera itself is of more use than its sockets.
                shared.logger.error("\(error)", metadata: ["camera": "\(camera.plan.name)"])
            }
            start(camera)
            if isStopping { camera.pipeline.stop() }
        }
        finishChange()
    }

    func stop() {
        let cameras = state.withLock { state in
            state.isStopping = true
            return state.cameras
        }
        for camera in cameras { camera.pipeline.stop() }
    }

    func close() async { for camera in cameras { await camera.close() } }

    /// Returns when all cameras have ended, as files do, and everything that was stopped.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state -> Bool in
                if state.isOver { return true }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// What hangs, for a person; empty while all is well.
    func standstills(at now: MonotonicTime) -> [(camera: String, problem: String)] {
        cameras.compactMap { camera in camera.pipeline.standstill(at: now).map { (camera.plan.name, $0) } }
    }

    private func announce(_ cameras: [RunningCamera]) {
        hub.set(cameras: cameras.map(\.plan.name), feeds: cameras.map(\.feed))
    }

    private func start(_ camera: RunningCamera) {
        statistics.add(camera.plan.name, camera.pipeline, embeddings: shared.embeddings, hub: hub)
        camera.pipeline.start()
        camera.pipeline.whenEnded { [weak self] in
            camera.hasEnded = true
            self?.state.withLock { $0.takeWaiter() }?.resume()
        }
    }

    private func ended(_ camera: RunningCamera) async {
        await withCheckedContinuation { continuation in camera.pipeline.whenEnded { continuation.resume() } }
    }

    private func finishChange() {
        state.withLock { state in
            state.isChanging = false
            return state.takeWaiter()
        }?.resume()
    }
}
