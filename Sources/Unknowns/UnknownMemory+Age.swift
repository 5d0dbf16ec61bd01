import Foundation
import VisageCore

extension UnknownMemory.State {
    /// Removes people who have been away for too long, and views that are too old; oldest first.
    /// - Parameters:
    ///   - time: of a clock that can be trusted
    ///   - quotas: how many may go; nil for all
    mutating func forgetOld(at time: Date, _ settings: UnknownSettings, _ quotas: inout UnknownMemory.AgeQuotas?) {
        correctFuture(at: time)
        for (number, entry) in entries where entry.isForeign && !entry.isRemembered(at: time, settings) {
            entries[number] = nil
        }
        let gone = entries.values.filter { !$0.isForeign && !$0.isRemembered(at: time, settings, alone: true) }
            .map(\.person)
            .sorted { ($0.lastSeen, $0.number) < ($1.lastSeen, $1.number) }
        let goneNow = quotas?.people.take(due: gone.count, of: entries.count, at: .now) ?? gone.count
        for person in gone.prefix(goneNow) { remove(person.number) }

        let oldest = time.addingTimeInterval(-settings.keepViewsFor.inSeconds)
        let views = entries.values.map(\.person).flatMap { person in person.views.map { (person.number, $0) } }
        let old = views.filter { $0.1.taken < oldest }.sorted { ($0.1.taken, $0.0) < ($1.1.taken, $1.0) }
        let oldNow = quotas?.views.take(due: old.count, of: views.count, at: .now) ?? old.count
        for (number, view) in old.prefix(oldNow) { drop(view.file, of: number) }
    }

    /// A clock that was ahead may have put stamps into the future, where they would not grow old: they become now.
    private mutating func correctFuture(at time: Date) {
        let horizon = time.addingTimeInterval(86_400)
        for (number, entry) in entries {
            if entry.person.lastSeen > horizon, entry.visits.isEmpty, !entry.isForeign {
                entries[number]?.person.lastSeen = time
                pending.changed.insert(number)
            }
            for index in entry.person.views.indices where entry.person.views[index].taken > horizon {
                entries[number]?.person.views[index].taken = time
                pending.changed.insert(number)
            }
        }
    }
}
