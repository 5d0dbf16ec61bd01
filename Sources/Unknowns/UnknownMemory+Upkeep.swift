import Foundation
import VisageCore

extension UnknownMemory {
    /// Changes to write to the disk.
    struct Changes {
        var people: [UnknownPerson] = []
        var pictures: [Int: [String: PixelBuffer]] = [:]
        var moves: [Move] = []
        var removed: [Int] = []
        var highest = 0

        var isEmpty: Bool { people.isEmpty && removed.isEmpty }
    }

    /// How much is kept, for operators of the daemon.
    public struct Counts: Sendable, Equatable {
        public var people = 0
        public var views = 0
        /// Views that were not kept because the disk was too slow.
        public var dropped = 0

        public init(people: Int, views: Int, dropped: Int) {
            (self.people, self.views, self.dropped) = (people, views, dropped)
        }
    }

    public var counts: Counts {
        state.withLock { state in
            Counts(
                people: state.entries.values.count(where: \.isClear),
                views: state.entries.values.reduce(0) { $0 + $1.person.views.count }, dropped: state.dropped)
        }
    }

    /// The highest number given.
    public var highest: Int { state.withLock { $0.highest } }

    /// Takes out what has changed since the last call.
    func takeChanges() -> Changes {
        state.withLock { state in
            // Who was not seen clearly yet may never be.
            let vague = state.pending.changed.filter { state.entries[$0]?.isClear == false }
            var pending = state.pending
            state.pending = Pending(changed: vague, pictures: pending.pictures.filter { vague.contains($0.key) })
            state.pending.bytes = state.pending.pictures.values.flatMap(\.values).reduce(0) { $0 + $1.byteCount }
            pending.changed.subtract(vague)
            return Changes(
                people: pending.changed.sorted().compactMap { state.entries[$0]?.record }, pictures: pending.pictures,
                moves: pending.moves, removed: pending.removed.sorted(), highest: state.highest)
        }
    }

    /// This person could not be written: that is tried again in the next round, without the pictures, which would take
    /// more and more memory until then.
    func putBack(_ number: Int, losing files: some Sequence<String>) {
        state.withLock { state in
            for file in files {
                state.drop(file, of: number)
                state.dropped += 1
            }
            if state.entries[number] != nil { state.pending.changed.insert(number) }
        }
    }

    func putBack(removal number: Int) { state.withLock { _ = $0.pending.removed.insert(number) } }

    /// Somebody else has removed this person from the disk: labeled or forgotten.
    func forget(_ number: Int) {
        state.withLock { state in
            state.remove(number)
            state.pending.removed.remove(number)
            state.tracks = state.tracks.filter { $0.value != number }
        }
    }

    /// How many people and views may be deleted because of their age.
    struct AgeQuotas: Sendable {
        var people: AgeQuota
        var views: AgeQuota

        init(_ settings: UnknownSettings) {
            people = AgeQuota(limit: settings.rememberFor)
            views = AgeQuota(limit: settings.keepViewsFor)
        }
    }

    /// Removes people and views that are too old or too many.
    package func trim(at time: Date, sizes: [Int: (views: Int64, rest: Int64)] = [:]) {
        var all: AgeQuotas?
        trim(at: time, quotas: &all, sizes: sizes)
    }

    /// Removes people and views that are too old or too many.
    /// - Parameters:
    ///   - time: wall-clock time; what bears a later stamp counts as new. nil while the clock is not trusted: then
    ///     nothing is too old.
    ///   - quotas: how many may go because of their age; nil for all
    ///   - sizes: bytes on disk of each person's views and of the rest
    ///   - shed: bytes of views that have to go because the disk needs them
    func trim(
        at time: Date?, quotas: inout AgeQuotas?, sizes: [Int: (views: Int64, rest: Int64)] = [:], shed: Int64 = 0
    ) {
        state.withLock { state in
            if let time { state.forgetOld(at: time, settings, &quotas) }
            if settings.views == 0 || settings.keepViewsFor == .zero {
                for (number, entry) in state.entries {
                    for view in entry.person.views { state.drop(view.file, of: number) }
                }
            }
            // Who was away longest goes first: the views, and if that is not enough, everything.
            let own = state.entries.values.filter { !$0.isForeign }
            let longestAway = own.filter { $0.visits.isEmpty }.map(\.person)
                .sorted { ($0.lastSeen, $0.number) < ($1.lastSeen, $1.number) }
            for person in longestAway.prefix(max(0, own.count - UnknownSettings.maxPeople)) {
                state.remove(person.number)
            }
            let kept = sizes.filter { state.entries[$0.key] != nil }
            var bytes = kept.values.reduce(0) { $0 + $1.views + $1.rest }
            let most = min(settings.bytes, bytes - shed)
            for person in longestAway where bytes > most {
                guard let size = kept[person.number], size.views > 0 else { continue }
                for view in person.views { state.drop(view.file, of: person.number) }
                bytes -= size.views
            }
            for person in longestAway where bytes > settings.bytes {
                guard let size = kept[person.number] else { continue }
                state.remove(person.number)
                bytes -= size.rest
            }
        }
    }
}
