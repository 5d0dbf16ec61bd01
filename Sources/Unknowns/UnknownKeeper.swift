import FleetFacts
import FleetStorage
import Foundation
import Inference
import Logging
import Recognition
import Synchronization
import VisageCore

/// Keeps the memory of unknown people and its folder the same: writes what has changed, removes what is too old, and
/// notices what other processes have removed. All of it on a queue of its own, so that no camera waits for it.
public final class UnknownKeeper: Sendable {
    /// Numbers are reserved on disk ahead of being given, so that none is given twice even after a power cut.
    private static let reserve = 256
    private static let interval = 1.0
    private static let trimInterval = Duration.seconds(60)
    private static let complaintInterval = Duration.seconds(60)

    public let memory: UnknownMemory
    /// nil: nothing is written.
    private let store: UnknownStore?
    // Safe: used on `queue` alone, and in init before that has anything to do.
    nonisolated(unsafe) private let reader: FactReader?
    private let clock: @Sendable () -> Date?
    private let logger: Logger
    private let queue = DispatchQueue(label: "visage.unknown", qos: .utility)
    // Safe: Dispatch sources may be used from any thread; this one is only canceled after init.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer
    private let state: Mutex<State>

    private struct State {
        /// People who have a folder.
        var written: Set<Int>
        var reserved: Int
        var trimmed: MonotonicTime?
        var complained: MonotonicTime?
        /// Folders that were left out at the start.
        var unreadable: [URL]
        var isClosed = false
        var quotas: UnknownMemory.AgeQuotas?
        /// What other machines know.
        var fleet: [FleetPerson] = []
        /// Bytes of views that the disk needs.
        var shed: Int64 = 0
    }

    /// Reads the people who are kept. Blocks.
    /// - Parameters:
    ///   - folder: nil: ids last as long as this does, and no view is kept
    ///   - cameras: names, and whether each plays a file
    ///   - fleet: whose people are known here as well; nil for none
    ///   - clock: the time, by which people and views grow old; nil while it is not trusted
    ///   - waitsForDisk: what cannot be written is only warned about, and tried again
    /// - Throws: `VisageError` (unreadable, unwritable) if the folder cannot be used.
    public init(
        _ folder: URL?, settings: UnknownSettings, embedder: EmbedderOrigin, curve: [ModelManifest.ImpostorRate],
        cameras: [(name: String, isFile: Bool)], fleet: FleetMembership? = nil,
        clock: @escaping @Sendable () -> Date? = { Date() },
        waitsForDisk: Bool = false, logger: Logger
    ) throws {
        self.clock = clock
        self.logger = logger
        store = folder.map(UnknownStore.init)
        do { try store?.prepare() } catch { guard waitsForDisk else { throw error } }
        store?.removeRemains()
        let machine = fleet?.machine ?? 0
        if machine > 0 {
            do { try store?.join(machine: machine) } catch { guard waitsForDisk else { throw error } }
        }
        let content = try store?.load(machine: machine) ?? UnknownStore.Content()
        var settings = settings
        if folder == nil { settings.views = 0 }
        for (folder, reason) in content.leftOut {
            logger.warning("The unknown person in \(folder.path) is left out: \(reason)")
        }
        if content.lacksNumbers {
            logger.warning(
                "The file with the last unknown id cannot be read, so ids are counted on from the people who are stored"
            )
        }
        memory = UnknownMemory(
            settings, embedder: embedder, curve: curve, people: content.people, machine: machine,
            highest: content.highest, files: cameras.filter(\.isFile).map(\.name),
            hasLiveCameras: cameras.contains { !$0.isFile })
        var reserved = content.highest + Self.reserve
        do {
            try store?.setGiven(reserved)
        } catch {
            guard waitsForDisk else { throw error }
            // No number counts as reserved, so that it is tried again in every round.
            reserved = 0
            logger.warning("Unknown people are not kept on disk: \(error)")
        }
        state = Mutex(
            State(
                written: Set(content.people.map(\.number)), reserved: reserved,
                unreadable: content.leftOut.map(\.folder), quotas: UnknownMemory.AgeQuotas(settings)))
        reader = fleet.map { FactReader(at: $0.database, machine: $0.machine) }
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: Self.interval, leeway: .milliseconds(100))
        timer.setEventHandler { [weak self] in
            guard let self else { return }
            self.round(at: self.clock())
        }
        queue.sync { hear() }
        timer.resume()
    }

    deinit { timer.cancel() }

    /// Writes all changes; nothing is written after that.
    public func close() {
        timer.cancel()
        queue.sync {
            let isClosed = state.withLock { state in
                defer { state.isClosed = true }
                return state.isClosed
            }
            guard !isClosed else { return }
            notice()
            write()
            do { try store?.setGiven(UnknownNumber.count(of: memory.highest)) } catch { complain(error) }
        }
    }

    /// One round, now, with everything that is not done every time.
    package func turn(at time: Date) {
        queue.sync {
            state.withLock { ($0.trimmed, $0.quotas) = (nil, nil) }
            round(at: time)
        }
    }

    /// Bytes of all views on disk. Blocks.
    package var viewBytes: Int64 { store?.sizes().values.reduce(0) { $0 + $1.views } ?? 0 }

    /// Gives so many bytes of views, of those who were away longest, back to a disk that needs them; soon, not at once.
    package func shedViews(bytes: Int64) {
        state.withLock { ($0.shed, $0.trimmed) = (bytes, nil) }
    }

    /// - Parameter time: nil while the clock is not trusted
    private func round(at time: Date?) {
        guard !state.withLock({ $0.isClosed }) else { return }
        notice()
        hear()
        let now = MonotonicTime.now
        let isDue = state.withLock { state in
            let isDue = state.trimmed.map { now - $0 >= Self.trimInterval } ?? true
            if isDue { state.trimmed = now }
            return isDue
        }
        if isDue {
            var (quotas, shed) = state.withLock { state in
                defer { state.shed = 0 }
                return (state.quotas, state.shed)
            }
            memory.trim(at: time, quotas: &quotas, sizes: store?.sizes() ?? [:], shed: shed)
            state.withLock { [quotas] in $0.quotas = quotas }
            if let time { removeUnreadable(at: time) }
        }
        write()
    }

    /// People whose folders were removed have been labeled or forgotten.
    private func notice() {
        guard let names = try? store?.names() else { return }
        let there = Set(names.compactMap(UnknownPerson.number))
        for number in state.withLock({ $0.written.subtracting(there) }).sorted() { lose(number) }
    }

    /// What other machines have told since the last round. Whatever is wrong with the file, this machine goes on alone.
    private func hear() {
        guard let reader else { return }
        if reader.refresh() {
            state.withLock { $0.fleet = reader.content.people }
        } else if !memory.isRegrouping {
            if let problem = reader.problem {
                complain("What other machines know of unknown people cannot be read: \(problem)")
            }
            return
        }
        memory.take(state.withLock { $0.fleet }, removed: reader.content.removed)
    }

    private func lose(_ number: Int) {
        state.withLock { _ = $0.written.remove(number) }
        memory.forget(number)
        logger.info("\(UnknownPerson.id(number)) was labeled or forgotten")
    }

    private func write() {
        let changes = memory.takeChanges()
        guard let store else { return }
        reserveNumbers(UnknownNumber.count(of: changes.highest))
        for move in changes.moves { store.move(move) }
        for person in changes.people {
            let pictures = changes.pictures[person.number] ?? [:]
            do {
                let isNew = !state.withLock { $0.written.contains(person.number) }
                try store.write(person, pictures: pictures, isNew: isNew)
                state.withLock { _ = $0.written.insert(person.number) }
            } catch is UnknownStore.Gone {
                lose(person.number)
            } catch {
                memory.putBack(person.number, losing: pictures.keys.sorted())
                complain(error)
            }
        }
        for number in changes.removed {
            do {
                try store.remove(number)
                state.withLock { _ = $0.written.remove(number) }
            } catch {
                memory.putBack(removal: number)
                complain(error)
            }
        }
    }

    private func reserveNumbers(_ highest: Int) {
        let reserved = state.withLock { $0.reserved }
        guard highest > reserved - Self.reserve / 2 else { return }
        do {
            try store?.setGiven(highest + Self.reserve)
            state.withLock { $0.reserved = highest + Self.reserve }
        } catch {
            complain(error)
        }
    }

    /// Entries that cannot be read are not kept longer than those that can.
    private func removeUnreadable(at time: Date) {
        for folder in state.withLock({ $0.unreadable }) {
            var status = stat()
            guard stat(folder.path, &status) == 0,
                time.timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > memory.settings.rememberFor.inSeconds
            else { continue }
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private func complain(_ error: any Error) { complain("Unknown people are not kept on disk: \(error)") }

    private func complain(_ message: String) {
        let now = MonotonicTime.now
        let isDue = state.withLock { state in
            let isDue = state.complained.map { now - $0 >= Self.complaintInterval } ?? true
            if isDue { state.complained = now }
            return isDue
        }
        if isDue { logger.warning("\(message)") }
    }
}
