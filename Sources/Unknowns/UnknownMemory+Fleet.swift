import FleetFacts
import Foundation
import Recognition
import VisageCore

extension UnknownMemory {
    /// Takes in what other machines know, all of it, in place of what they knew before. Cameras do not wait while it is put
    /// together.
    /// - Parameters:
    ///   - people: as other machines know them; those who were seen last come first where there are too many
    ///   - removed: numbers of people who are to be forgotten everywhere
    package func take(_ people: [FleetPerson], removed: Set<Int>) {
        let known = people.map(FleetKnowledge.init).sorted { ($0.lastSeen, $0.number) > ($1.lastSeen, $1.number) }
        let edges = state.withLock { state in
            state.isRegrouping = false
            state.forget(removed)
            return state.entries.filter { !$0.value.isForeign }.mapValues(\.person.also)
        }
        let room = max(0, UnknownSettings.maxPeople - edges.count)
        let groups = Self.groups(known, edges: edges, room: room)
        let new = state.withLock { $0.place(groups, views: settings.views) }
        join(new)
    }

    /// Whether `take` has to put together anew what was there already.
    package var isRegrouping: Bool { state.withLock { $0.isRegrouping } }

    /// How many people are known from other machines alone.
    package var foreignPeople: Int { state.withLock { $0.entries.values.count(where: \.isForeign) } }

    struct FleetGroup {
        /// Entries of this machine.
        var own: [Int] = []
        var known: [FleetKnowledge] = []
    }

    private static func groups(_ known: [FleetKnowledge], edges: [Int: [Int]], room: Int) -> [FleetGroup] {
        var aliases = AliasGroups()
        // What means something on this machine alone says nothing of others.
        func shared(_ number: Int) -> Bool { UnknownNumber.machine(of: number) > 0 }
        for (number, also) in edges { aliases.add(number, also: also.filter(shared)) }
        for one in known { aliases.add(one.number, also: one.numbers) }
        var places: [Int: Int] = [:]
        var groups: [FleetGroup] = []
        for (place, numbers) in aliases.groups().enumerated() {
            for number in numbers { places[number] = place }
            groups.append(FleetGroup(own: numbers.filter { edges[$0] != nil }))
        }
        var free = room
        for one in known {
            guard let place = places[one.number] else { continue }
            if groups[place].own.isEmpty {
                guard free > 0 || !groups[place].known.isEmpty else { continue }
                if groups[place].known.isEmpty { free -= 1 }
            }
            groups[place].known.append(one)
        }
        return groups.filter { !$0.known.isEmpty || $0.own.count > 1 }
    }

    /// Whoever has been seen here and elsewhere may have got two numbers. The rule is that of one machine, see `ReturnRule`.
    private func join(_ foreign: [Int]) {
        guard !foreign.isEmpty else { return }
        let (own, others, count) = state.withLock { state in
            let own = state.entries.keys.filter { state.entries[$0]?.isForeign == false }
            func embeddings(_ numbers: [Int]) -> [(number: Int, embedding: Embedding)] {
                numbers.sorted().compactMap { number in
                    state.entries[number]?.embedding(for: .shared, embedder).map { (number, $0) }
                }
            }
            return (embeddings(own), embeddings(foreign), state.entries.count)
        }
        guard !own.isEmpty, let threshold = ReturnRule(among: count, curve: embedder.curve).threshold else { return }
        for (number, embedding) in others {
            let alike = own.map { ($0.number, $0.embedding.similarity(embedding)) }
                .filter { $0.1 >= threshold }.sorted { ($0.1, -$0.0) > ($1.1, -$1.0) }
            guard !alike.isEmpty else { continue }
            state.withLock { state in
                guard state.entries[number]?.isForeign == true else { return }
                if let best = alike.first(where: { state.canBeOne($0.0, number) }) { state.link(best.0, with: number) }
            }
        }
    }
}

extension UnknownMemory.State {
    /// People with these numbers go, here and, by the next change, from the disk.
    fileprivate mutating func forget(_ removed: Set<Int>) {
        guard !removed.isEmpty else { return }
        for (number, entry) in entries
        where removed.contains(number) || !removed.isDisjoint(with: entry.person.also) {
            if entry.isForeign {
                entries[number] = nil
            } else {
                remove(number)
                tracks = tracks.filter { $0.value != number }
            }
        }
    }

    /// - Returns: the entries of people who were not known before, from other machines alone.
    fileprivate mutating func place(_ groups: [UnknownMemory.FleetGroup], views: Int) -> [Int] {
        var (kept, new): (Set<Int>, [Int]) = ([], [])
        aliases = [:]
        for group in groups {
            let own = absorb(group.own.filter { entries[$0]?.isForeign == false }, views: views)
            guard var knowledge = FleetKnowledge.joined(group.known) else { continue }
            if let own, let entry = entries[own] { knowledge.include(own, born: entry.born) }
            let key = own ?? knowledge.number
            kept.insert(key)
            for number in knowledge.numbers { aliases[number] = key }
            if entries[key] == nil {
                guard let entry = MemoryEntry(foreign: knowledge) else { continue }
                entries[key] = entry
                new.append(key)
            } else if entries[key]?.fleet?.versions != knowledge.versions
                || entries[key]?.fleet?.number != knowledge.number || entries[key]?.fleet?.numbers != knowledge.numbers
            {
                entries[key]?.set(knowledge)
            }
        }
        for (number, entry) in entries where entry.fleet != nil && !kept.contains(number) {
            if entry.isForeign { entries[number] = nil } else { entries[number]?.set(nil) }
        }
        return new
    }

    /// Makes those one who turned out to be one person. Whoever is in sight is left for later.
    /// - Returns: the one who stands for all.
    private mutating func absorb(_ own: [Int], views: Int) -> Int? {
        let sorted = own.sorted { (entries[$0]?.born ?? 0, $0) < (entries[$1]?.born ?? 0, $1) }
        guard let oldest = sorted.first else { return nil }
        for number in sorted.dropFirst() {
            guard let entry = entries[number], let older = entries[oldest]?.person,
                entry.person.embedder == older.embedder, !older.apart.contains(number),
                !entry.person.apart.contains(oldest)
            else { continue }
            if entry.visits.isEmpty {
                merge(entry, into: oldest, views: views)
            } else {
                isRegrouping = true
            }
        }
        return oldest
    }

    fileprivate func canBeOne(_ own: Int, _ foreign: Int) -> Bool {
        guard let one = entries[own], let other = entries[foreign], let fleet = other.fleet else { return false }
        let numbers = Set([own] + one.person.also + (one.fleet?.numbers ?? []))
        return !one.isForeign && Set(one.person.apart).isDisjoint(with: fleet.numbers)
            && numbers.isDisjoint(with: fleet.apart)
    }

    /// A person of this machine turns out to be one whom others have seen: that becomes known to all as another number of the
    /// same person.
    mutating func link(_ own: Int, with foreign: Int) {
        guard let born = entries[own]?.born, var knowledge = entries[foreign]?.fleet else { return }
        entries[foreign] = nil
        entries[own]?.person.also.append(foreign)
        if let known = entries[own]?.fleet { knowledge = FleetKnowledge.joined([known, knowledge]) ?? knowledge }
        knowledge.include(own, born: born)
        entries[own]?.set(knowledge)
        for number in knowledge.numbers { aliases[number] = own }
        pending.changed.insert(own)
        isRegrouping = true
    }
}

extension MemoryEntry {
    /// Somebody whom only other machines have seen; nil if nothing says what the person looks like.
    fileprivate init?(foreign knowledge: FleetKnowledge) {
        guard let evidence = knowledge.evidence.first else { return nil }
        let seen = Date(timeIntervalSince1970: Double(knowledge.lastSeen))
        // Nothing of it is written or compared; `adopt` replaces it.
        let person = UnknownPerson(
            number: knowledge.number, also: [], apart: [], firstSeen: seen, lastSeen: seen, visits: 0, cameras: [],
            embedder: EmbedderOrigin(id: "", sha256: "", crop: "", standardisation: "", precision: ""),
            embedding: StoredEmbedding(evidence.embedding), weight: 1, views: [])
        self.init(person, birth: .shared)
        set(knowledge)
    }
}
