import Foundation
import Recognition
import VisageCore

/// Which cameras may use this evidence. A file has to give the same events in every run, so its camera re-identifies only
/// people whom the daemon knew at the start or whom this camera has seen, not those whom another camera has added since.
enum Scope: Hashable, Sendable {
    /// Known at the start.
    case earlier
    /// Seen by live cameras, which may use all evidence.
    case shared
    /// Seen by the camera of a file.
    case file(String)

    func sees(_ other: Scope) -> Bool { self == .shared || other == .earlier || other == self }
}

/// An unknown person in memory. Evidence is kept for each track, so that it can be withdrawn.
struct MemoryEntry: Sendable {
    /// A current track.
    struct Visit: Sendable {
        let scope: Scope
        var face: UnknownFace
        /// Its views, by file name.
        var views: Set<String> = []
    }

    /// Maximum weight of the evidence, about twenty good visits: beyond it, new evidence counts in full and the evidence
    /// from before counts less.
    private static let fullWeight = 80.0
    /// Maximum weight of one visit.
    private static let visitWeight = 4.0
    /// Counting on from there stays within `Int`.
    private static let maxView = 1_000_000_000_000_000

    let birth: Scope
    /// `embedding` and `weight` lag behind; see `record`.
    var person: UnknownPerson
    var visits: [Int: Visit] = [:]
    var nextView = 1
    /// What other machines know of the person; files know nothing of that.
    private(set) var fleet: FleetKnowledge?
    private var sums: [Scope: (embedding: Embedding, weight: Double)] = [:]
    private var cache: [Scope: (space: String, embedding: Embedding?)] = [:]

    init(_ person: UnknownPerson, birth: Scope) {
        self.person = person
        self.birth = birth
        if birth == .earlier { sums[.earlier] = (person.embedding.embedding, person.weight) }
        nextView = 1 + (person.views.compactMap { Self.viewNumber($0.file) }.max() ?? 0)
    }

    static func viewNumber(_ file: String) -> Int? {
        guard file.hasPrefix("view-"), file.hasSuffix(".jpg") else { return nil }
        return UnknownNumber.positive(file.dropFirst("view-".count).dropLast(".jpg".count)).flatMap {
            $0 <= maxView ? $0 : nil
        }
    }

    /// The mean embedding that a camera of that scope may compare with embeddings of `embedder`.
    mutating func embedding(for scope: Scope, _ embedder: UnknownMemory.Embedder) -> Embedding? {
        guard isForeign || (person.embedder.isCompatible(with: embedder.origin) && scope.sees(birth)) else {
            return nil
        }
        if let known = cache[scope], known.space == embedder.space { return known.embedding }
        let others = scope == .shared ? fleet?.evidence.filter { $0.space == embedder.space } ?? [] : []
        let fused = Embedding.mean(others.map { ($0.embedding, $0.weight) } + parts(for: scope))
        cache[scope] = (embedder.space, fused)
        return fused
    }

    /// The record to write to the disk.
    var record: UnknownPerson {
        var record = person
        let parts = parts(for: .shared)
        if let fused = Embedding.mean(parts) { record.embedding = StoredEmbedding(fused) }
        record.weight = min(Self.fullWeight, parts.reduce(0) { $0 + $1.weight })
        return record
    }

    private func parts(for scope: Scope) -> [(embedding: Embedding, weight: Double)] {
        // In a fixed order: sums of floating-point numbers depend on it.
        let past = sums.filter { scope.sees($0.key) }.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
        let present = visits.filter { scope.sees($0.value.scope) && $0.value.face.isClear }.sorted { $0.key < $1.key }
        return past + present.map { ($0.value.face.embedding, min(Self.visitWeight, $0.value.face.weight)) }
    }

    mutating func set(_ visit: Visit, of track: Int) {
        visits[track] = visit
        cache = [:]
    }

    /// Withdraws the evidence of a track.
    mutating func withdraw(_ track: Int) -> Visit? {
        cache = [:]
        return visits.removeValue(forKey: track)
    }

    /// Adds the evidence of a track for good, if it is clear.
    mutating func close(_ track: Int) {
        guard let visit = withdraw(track), visit.face.isClear else { return }
        add(visit.face.embedding, min(Self.visitWeight, visit.face.weight), to: visit.scope)
    }

    /// Whether only other machines have seen the person.
    var isForeign: Bool { fleet != nil && isEmpty }

    mutating func set(_ knowledge: FleetKnowledge?) {
        fleet = knowledge
        cache = [:]
    }

    /// This machine begins to see somebody whom only others have seen.
    mutating func adopt(by embedder: EmbedderOrigin, at time: Date) {
        let born = fleet.map { Date(timeIntervalSince1970: Double($0.born)) }
        person = UnknownPerson(
            number: person.number, also: [], apart: [], firstSeen: time, lastSeen: time, visits: 0, cameras: [],
            embedder: embedder, embedding: person.embedding, weight: 1, views: [])
        person.born = born
    }

    /// The number that events carry.
    func number(for scope: Scope) -> Int { scope == .shared ? fleet?.number ?? person.number : person.number }

    /// When the number was given, in seconds since 1970.
    var born: Int { Int((person.born ?? person.firstSeen).timeIntervalSince1970.rounded(.down)) }

    /// Whether there is no evidence left.
    var isEmpty: Bool { sums.isEmpty && visits.isEmpty }

    /// Whether the evidence is clear enough for re-identification.
    var isClear: Bool { !sums.isEmpty || visits.values.contains(where: \.face.isClear) }

    /// Takes over what is known of the same person under a younger number.
    mutating func absorb(_ other: MemoryEntry) {
        for (scope, sum) in other.sums.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            add(sum.embedding, sum.weight, to: scope)
        }
        let also = Set(person.also + [other.person.number] + other.person.also).sorted()
        person.also = Array(also.suffix(UnknownPerson.maxAlso))
        person.apart = Array(Set(person.apart + other.person.apart).sorted().suffix(UnknownPerson.maxApart))
        person.firstSeen = min(person.firstSeen, other.person.firstSeen)
        person.lastSeen = max(person.lastSeen, other.person.lastSeen)
        person.visits += other.person.visits
        person.cameras = Array(
            Set(person.cameras + other.person.cameras).sorted().prefix(UnknownPerson.maxCameras))
    }

    private mutating func add(_ embedding: Embedding, _ weight: Double, to scope: Scope) {
        cache = [:]
        guard let old = sums[scope] else {
            sums[scope] = (embedding, weight)
            return
        }
        let kept = min(old.weight, Self.fullWeight - weight)
        let fused = Embedding.mean([(old.embedding, kept), (embedding, weight)])
        sums[scope] = (fused ?? old.embedding, kept + weight)
    }

    /// Whether the id may still be given to a returning person. A time stamp in the future, from a clock that was set back
    /// since, does not count as old.
    /// - Parameter alone: without what other machines have seen
    func isRemembered(at time: Date, _ settings: UnknownSettings, alone: Bool = false) -> Bool {
        let elsewhere = alone ? nil : fleet.map { Date(timeIntervalSince1970: Double($0.lastSeen)) }
        let lastSeen = max(person.lastSeen, elsewhere ?? person.lastSeen)
        return !visits.isEmpty || time.timeIntervalSince(lastSeen) <= settings.rememberFor.inSeconds
    }
}
