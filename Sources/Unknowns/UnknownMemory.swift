import Foundation
import Inference
import Recognition
import Synchronization
import VisageCore

/// The unknown people that the daemon can re-identify. Works in memory alone; `UnknownKeeper` writes changes to the disk.
/// Safe to call from several threads.
public final class UnknownMemory: Sendable {
    /// Changes that have not been written to the disk yet.
    struct Pending {
        var changed: Set<Int> = []
        var removed: Set<Int> = []
        /// By person and file name.
        var pictures: [Int: [String: PixelBuffer]] = [:]
        var bytes = 0
        /// Files to move from one person's folder to another's.
        var moves: [Move] = []
    }

    struct Move {
        let from: (number: Int, file: String)
        let to: (number: Int, file: String)
    }

    /// What a camera's faces are embedded with. People whom another embedder has seen cannot be compared with them.
    struct Embedder {
        let origin: EmbedderOrigin
        /// How often different people are as similar as that.
        let curve: [ModelManifest.ImpostorRate]
        let space: String

        init(_ origin: EmbedderOrigin, _ curve: [ModelManifest.ImpostorRate]) {
            (self.origin, self.curve, space) = (origin, curve, origin.space)
        }
    }

    struct State {
        var entries: [Int: MemoryEntry] = [:]
        /// The person of each current track.
        var tracks: [Int: Int] = [:]
        var counters: [Scope: Int] = [:]
        /// The highest number that this run or an earlier one has given.
        var highest: Int
        var pending = Pending()
        /// Views that were not kept because the disk was too slow.
        var dropped = 0
        /// The entry of each number that the fleet knows.
        var aliases: [Int: Int] = [:]
        /// Whether what the fleet knows has to be put in place anew.
        var isRegrouping = false
    }

    /// Maximum size in bytes of the pictures that wait to be written.
    private static let maxWaiting = 32 << 20
    /// Views below this quality are not kept.
    private static let minQuality = 0.2
    /// Of two views with a higher cosine than this only the better one is kept; the value is that of `EnrollmentJudge`.
    private static let tooAlike = 0.95
    /// By how much better a view has to be to replace another one, so that small gains do not cause disk writes.
    private static let clearlyBetter = 1.1

    public let settings: UnknownSettings
    /// The number of this machine in the fleet; 0 without one.
    let machine: Int
    let embedder: Embedder
    private let files: [String]
    private let numberStep: Int
    let state: Mutex<State>

    /// - Parameters:
    ///   - machine: the number of this machine in the fleet; 0 without one
    ///   - highest: how many numbers this machine gave before
    ///   - files: cameras that play files. Each has its own numbers, so that numbers do not depend on the timing of threads.
    public init(
        _ settings: UnknownSettings, embedder: EmbedderOrigin, curve: [ModelManifest.ImpostorRate],
        people: [UnknownPerson] = [], machine: Int = 0, highest: Int = 0, files: [String] = [],
        hasLiveCameras: Bool = true
    ) {
        self.settings = settings
        self.machine = machine
        self.embedder = Embedder(embedder, curve)
        self.files = files
        numberStep = max(1, files.count + (hasLiveCameras ? 1 : 0))
        let given = people.flatMap { [$0.number] + $0.also }.filter { UnknownNumber.machine(of: $0) == machine }
        let start = max(UnknownNumber.number(highest, of: machine), given.max() ?? 0)
        var state = State(highest: start)
        for person in people {
            state.entries[person.number] = MemoryEntry(person, birth: .earlier)
        }
        for (index, file) in files.enumerated() { state.counters[.file(file)] = start + 1 + index }
        // Where only files play, live cameras may come later: far away from the files' numbers.
        state.counters[.shared] = start + 1 + (hasLiveCameras ? files.count : 1_000_000)
        self.state = Mutex(state)
    }

    /// The interface for one camera.
    /// - Parameter isStart: whether it was there from the start on; a file that comes later counts as live.
    public func camera(_ name: String, isStart: Bool) -> any UnknownPeople {
        camera(name, isStart: isStart, embedder: embedder.origin, curve: embedder.curve)
    }

    /// The same for a camera whose faces are embedded with another embedder than that of the start.
    public func camera(
        _ name: String, isStart: Bool, embedder: EmbedderOrigin, curve: [ModelManifest.ImpostorRate]
    ) -> any UnknownPeople {
        CameraUnknowns(
            camera: name, scope: isStart && files.contains(name) ? .file(name) : .shared,
            embedder: Embedder(embedder, curve), memory: self)
    }

    func recognize(
        _ face: UnknownFace, track: Int, by camera: String, _ scope: Scope, _ embedder: Embedder,
        besides others: Set<String>, at time: Date
    ) -> String {
        state.withLock { state in
            let others = state.keys(of: others.compactMap(UnknownPerson.number))
            // A face that nobody could tell from others is new, lest two people become one.
            let found =
                face.isClear ? nearest(to: face.embedding, in: &state, scope, embedder, besides: others, at: time) : nil
            let number = found ?? newNumber(in: &state, scope)
            if found == nil {
                var person = UnknownPerson(
                    number: number, also: [], apart: [], firstSeen: time, lastSeen: time, visits: 0, cameras: [],
                    embedder: embedder.origin, embedding: StoredEmbedding(face.embedding), weight: 1, views: [])
                if machine > 0 {
                    person.born = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
                }
                state.entries[number] = MemoryEntry(person, birth: scope)
            } else if state.entries[number]?.isForeign == true {
                state.entries[number]?.adopt(by: embedder.origin, at: time)
            }
            state.entries[number]?.set(.init(scope: scope, face: face), of: track)
            state.entries[number]?.person.visits += 1
            if state.entries[number]?.person.cameras.contains(camera) == false {
                state.entries[number]?.person.cameras.append(camera)
            }
            for other in others.sorted() where state.entries[other] != nil {
                state.entries[other]?.person.setApart(from: number)
                state.entries[number]?.person.setApart(from: other)
                state.pending.changed.insert(other)
            }
            state.tracks[track] = number
            state.see(number, at: time)
            return state.id(of: track) ?? UnknownPerson.id(number)
        }
    }

    func learn(_ face: UnknownFace, track: Int, _ embedder: Embedder, at time: Date) -> String? {
        state.withLock { state in
            guard let number = state.tracks[track], var visit = state.entries[number]?.visits[track] else { return nil }
            let wasClear = visit.face.isClear
            visit.face = face
            state.entries[number]?.set(visit, of: track)
            state.see(number, at: time)
            guard face.isClear, !wasClear else { return nil }
            let id = state.id(of: track)
            join(number, in: &state, visit.scope, embedder)
            return state.id(of: track).flatMap { $0 == id ? nil : $0 }
        }
    }

    func keep(_ view: FaceView, track: Int) {
        guard settings.views > 0, settings.keepViewsFor > .zero, view.sample.quality.overall >= Self.minQuality else {
            return
        }
        state.withLock { state in
            guard let number = state.tracks[track], let entry = state.entries[number] else { return }
            guard state.pending.bytes + view.picture.byteCount <= Self.maxWaiting else {
                state.dropped += 1
                return
            }
            let (views, quality) = (entry.person.views, view.sample.quality.overall)
            let alike = views.firstIndex {
                $0.embedding.embedding.similarity(view.sample.embedding) > Self.tooAlike
            }
            let poorest = views.indices.min { views[$0].quality < views[$1].quality }
            let rival = alike ?? (views.count < settings.views ? nil : poorest)
            if let rival {
                guard quality > Self.clearlyBetter * views[rival].quality else { return }
                state.drop(views[rival].file, of: number)
            }
            let file = "view-\(entry.nextView).jpg"
            state.entries[number]?.nextView += 1
            state.entries[number]?.visits[track]?.views.insert(file)
            state.entries[number]?.person.views.append(
                .init(
                    file: file, taken: view.taken, quality: quality.roundedToFourDecimals,
                    embedding: StoredEmbedding(view.sample.embedding)))
            state.pending.pictures[number, default: [:]][file] = view.picture
            state.pending.bytes += view.picture.byteCount
            state.pending.changed.insert(number)
        }
    }

    func withdraw(track: Int) {
        state.withLock { state in
            guard let number = state.tracks.removeValue(forKey: track),
                let visit = state.entries[number]?.withdraw(track)
            else { return }
            for file in visit.views.sorted() { state.drop(file, of: number) }
            state.entries[number]?.person.visits -= 1
            state.pending.changed.insert(number)
            if state.entries[number]?.isEmpty == true { state.remove(number) }
        }
    }

    func leave(track: Int, _ embedder: Embedder) {
        state.withLock { state in
            guard let number = state.tracks.removeValue(forKey: track),
                let scope = state.entries[number]?.visits[track]?.scope
            else { return }
            state.entries[number]?.close(track)
            state.pending.changed.insert(number)
            if state.entries[number]?.isEmpty == true { return state.remove(number) }
            join(number, in: &state, scope, embedder)
        }
    }

    /// The first views of a face are often poor. If later ones show that the person was known before, the older number
    /// is used from then on.
    private func join(_ number: Int, in state: inout State, _ scope: Scope, _ embedder: Embedder) {
        guard var entry = state.entries[number], entry.person.visits == 1,
            let embedding = entry.embedding(for: scope, embedder)
        else { return }
        let others = state.keys(of: [number] + entry.person.apart)
        guard
            let older = nearest(
                to: embedding, in: &state, scope, embedder, besides: others, at: entry.person.lastSeen),
            let found = state.entries[older]
        else { return }
        guard !found.isForeign else { return state.link(number, with: older) }
        guard Self.isOlder(found, than: entry) else { return }
        state.merge(entry, into: older, views: settings.views)
    }

    /// Of one machine, the one with the smaller number; clocks may have been set meanwhile.
    private static func isOlder(_ one: MemoryEntry, than other: MemoryEntry) -> Bool {
        let (number, otherNumber) = (one.person.number, other.person.number)
        return UnknownNumber.machine(of: number) == UnknownNumber.machine(of: otherNumber)
            ? number < otherNumber : (one.born, number) < (other.born, otherNumber)
    }

    /// The number of the most similar person who is similar enough.
    private func nearest(
        to embedding: Embedding, in state: inout State, _ scope: Scope, _ embedder: Embedder,
        besides others: Set<Int>, at time: Date
    ) -> Int? {
        var best: (number: Int, similarity: Double)?
        var count = 0
        for number in Array(state.entries.keys) {
            guard let entry = state.entries[number], entry.isRemembered(at: time, settings),
                !others.contains(number), others.isDisjoint(with: entry.person.also),
                let known = state.entries[number]?.embedding(for: scope, embedder)
            else { continue }
            count += 1
            let similarity = known.similarity(embedding)
            if let held = best, (held.similarity, -held.number) > (similarity, -number) { continue }
            best = (number, similarity)
        }
        guard let best, let threshold = ReturnRule(among: count, curve: embedder.curve).threshold,
            best.similarity >= threshold
        else { return nil }
        return best.number
    }

    private func newNumber(in state: inout State, _ scope: Scope) -> Int {
        let number = state.counters[scope] ?? state.highest + 1
        state.counters[scope] = number + numberStep
        state.highest = max(state.highest, number)
        return number
    }

    /// The current rule, for operators of the daemon.
    /// - Parameter curve: the impostor figures of the embedder in use.
    public func rule(_ curve: [ModelManifest.ImpostorRate]) -> ReturnRule {
        ReturnRule(among: state.withLock { $0.entries.count }, curve: curve)
    }
}
