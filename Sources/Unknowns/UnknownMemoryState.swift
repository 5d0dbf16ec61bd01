import Foundation
import VisageCore

extension UnknownMemory.State {
    mutating func see(_ number: Int, at time: Date) {
        entries[number]?.person.lastSeen = time
        pending.changed.insert(number)
    }

    /// Forgets a view; its file goes with the next change.
    mutating func drop(_ file: String, of number: Int) {
        entries[number]?.person.views.removeAll { $0.file == file }
        if let waiting = pending.pictures[number]?.removeValue(forKey: file) { pending.bytes -= waiting.byteCount }
        pending.changed.insert(number)
    }

    mutating func remove(_ number: Int) {
        for file in pending.pictures.removeValue(forKey: number) ?? [:] { pending.bytes -= file.value.byteCount }
        // What other machines know of the person stays.
        if entries[number]?.fleet != nil { isRegrouping = true }
        entries[number] = nil
        pending.changed.remove(number)
        pending.removed.insert(number)
    }

    /// The id that events carry for the person of a current track.
    func id(of track: Int) -> String? {
        guard let number = tracks[track], let entry = entries[number] else { return nil }
        return UnknownPerson.id(entry.visits[track].map { entry.number(for: $0.scope) } ?? number)
    }

    /// The entries of the people with these numbers.
    func keys(of numbers: [Int]) -> Set<Int> {
        Set(numbers.map { entries[$0] == nil ? aliases[$0] ?? $0 : $0 })
    }

    /// Makes a person one with another, who keeps the number.
    /// - Parameter views: maximum number of views.
    mutating func merge(_ entry: MemoryEntry, into older: Int, views: Int) {
        let number = entry.person.number
        entries[older]?.absorb(entry)
        var moved: [String: String] = [:]
        for view in entry.person.views.sorted(by: { $0.quality > $1.quality }) {
            guard let count = entries[older]?.person.views.count, count < views else { break }
            moved[view.file] = move(view, from: number, to: older)
        }
        for (track, var visit) in entry.visits {
            visit.views = Set(visit.views.compactMap { moved[$0] })
            entries[older]?.set(visit, of: track)
            tracks[track] = older
        }
        remove(number)
        pending.changed.insert(older)
    }

    /// Gives a view to another person, who has room for it.
    /// - Returns: the view's file there
    private mutating func move(_ view: UnknownPerson.View, from: Int, to: Int) -> String? {
        guard let next = entries[to]?.nextView else { return nil }
        var moved = view
        moved.file = "view-\(next).jpg"
        entries[to]?.nextView += 1
        entries[to]?.person.views.append(moved)
        if let waiting = pending.pictures[from]?.removeValue(forKey: view.file) {
            pending.pictures[to, default: [:]][moved.file] = waiting
        } else {
            pending.moves.append(.init(from: (from, view.file), to: (to, moved.file)))
        }
        return moved.file
    }
}
