import Pipeline
import Publishing
import Synchronization
import VisageCore

/// The cameras that run. A reload adds and removes cameras; those whose plan stays the same go on undisturbed.
package final class CameraSet: Sendable {
    /// Another configuration's cameras, made and not started: everything that can fail has been done.
    package struct Change: Sendable {
        /// In the order of the configuration; they run already, or are among `added`.
        fileprivate let cameras: [RunningCamera]
        fileprivate let added: [RunningCamera]
        fileprivate let removed: [RunningCamera]

        var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    }

    private let shared: SharedParts
    private let hub: EventHub
    private let statistics: StatisticsBoard
    private let state: Mutex<State>

    private struct State {
        var cameras: [RunningCamera]
        /// Cameras that reloads have made so far.
        var addedCount = 0
        var isStopping = false
        var isChanging = false
        /// Resumed when all cameras have ended.
        var waiter: CheckedContinuation<Void, Never>?

        var isOver: Bool { !isChanging && cameras.allSatisfy(\.hasEnded) }

        mutating func takeWaiterIfOver() -> CheckedContinuation<Void, Never>? { isOver ? waiter.take() : nil }
    }

    /// Makes the cameras; `open` and `start` follow.
    /// - Throws: `VisageError` if one of them cannot be made.
    package init(_ plans: [CameraPlan], shared: SharedParts, hub: EventHub, statistics: StatisticsBoard) throws {
        self.shared = shared
        self.hub = hub
        self.statistics = statistics
        let cameras = try plans.enumerated().map { index, plan in
            try RunningCamera(plan, shared: shared, numbers: .atStart(index, of: plans.count), isStart: true)
        }
        state = Mutex(State(cameras: cameras))
        announce(cameras)
    }

    package var cameras: [RunningCamera] { state.withLock { $0.cameras } }

    /// Opens the frame sockets of all.
    /// - Throws: `VisageError` if one cannot be opened; then none is open.
    func open() async throws {
        for camera in cameras {
            do { try await camera.open() } catch {
                await close()
                throw error
            }
        }
    }

    /// Starts all cameras. Called once, before the first change.
    package func start() { for camera in cameras { start(camera) } }

    /// Makes the cameras of another configuration that do not run yet. Blocks while files are opened and networks loaded.
    /// - Returns: for `apply`. Until then nothing has changed.
    /// - Throws: `VisageError` if one of them cannot be made.
    package func prepare(_ plans: [CameraPlan]) throws -> Change {
        let running = cameras
        var (all, added): ([RunningCamera], [RunningCamera]) = ([], [])
        for plan in plans {
            if let same = running.first(where: { $0.plan == plan }) {
                all.append(same)
                continue
            }
            let count = state.withLock { state in
                state.addedCount += 1
                return state.addedCount
            }
            let camera = try RunningCamera(plan, shared: shared, numbers: .added(count), isStart: false)
            all.append(camera)
            added.append(camera)
        }
        let removed = running.filter { camera in !all.contains { $0 === camera } }
        return Change(cameras: all, added: added, removed: removed)
    }

    /// Stops the cameras that are gone, and starts the new ones.
    package func apply(_ change: Change) async {
        guard !change.isEmpty else { return }
        state.withLock { $0.isChanging = true }
        for camera in change.removed { camera.pipeline.stop() }
        for camera in change.removed {
            await end(of: camera)
            await camera.close()
            statistics.remove(camera.plan.name)
        }
        let isStopping = state.withLock { state in
            state.cameras = change.cameras
            return state.isStopping
        }
        announce(change.cameras)
        for camera in change.added {
            do {
                try await camera.open()
            } catch {
                // The events of a camera are of more use than its frame sockets.
                shared.logger.error("\(error)", metadata: ["camera": "\(camera.plan.name)"])
            }
            start(camera)
            if isStopping { camera.pipeline.stop() }
        }
        state.withLock { state in
            state.isChanging = false
            return state.takeWaiterIfOver()
        }?.resume()
    }

    /// Asks all cameras to end; `wait` returns when they have.
    package func stop() {
        let cameras = state.withLock { state in
            state.isStopping = true
            return state.cameras
        }
        for camera in cameras { camera.pipeline.stop() }
    }

    /// Closes the frame sockets of all.
    package func close() async { for camera in cameras { await camera.close() } }

    /// Returns when all cameras have ended: files do at their end, live cameras when they are stopped.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state -> Bool in
                if state.isOver { return true }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// The cameras of which a part makes no progress, with what that is, for a person.
    func stalls(at now: MonotonicTime, _ timeouts: PipelineTimeouts) -> [(camera: String, problem: String)] {
        cameras.compactMap { camera in camera.pipeline.stall(at: now, timeouts).map { (camera.plan.name, $0) } }
    }

    private func announce(_ cameras: [RunningCamera]) {
        hub.set(cameras: cameras.map(\.plan.name), feeds: cameras.map(\.feed))
    }

    private func start(_ camera: RunningCamera) {
        let gallery = shared.gallery
        statistics.add(
            camera.plan.name, camera.pipeline, queued: { gallery.embedder.embeddings.depth }, hub: hub)
        camera.pipeline.start()
        camera.pipeline.whenEnded { [weak self] in
            camera.hasEnded = true
            self?.state.withLock { $0.takeWaiterIfOver() }?.resume()
        }
    }

    private func end(of camera: RunningCamera) async {
        await withCheckedContinuation { continuation in camera.pipeline.whenEnded { continuation.resume() } }
    }
}
