import Fleet
import FleetFacts
import FleetStorage
import Foundation
import TestSupport

/// All unknown people as a machine knows them: its own, and those it was told of.
final class FleetView {
    private let number: Int
    private let reader: FactReader
    private let own: OwnPeople
    private var facts: [Int: PersonFact] = [:]

    init(_ number: Int, _ machine: ScratchFolder) {
        self.number = number
        reader = FactReader(at: FactDatabase.path(state: machine.file("fleet-state").path), machine: number)
        own = OwnPeople(machine.file("state/unknown"))
    }

    /// Of each person the number that stands for them, and then all their numbers.
    func people() -> Set<[Int]> {
        _ = reader.refresh()
        if let scan = own.scan() {
            for fact in scan.changed { facts[fact.number] = fact }
            facts = facts.filter { scan.present.contains($0.key) }
        }
        let mine = facts.map { (key: FactKey(machine: number, number: $0.key), fact: $0.value) }
        let others = reader.content.facts.map { (key: $0.key, fact: $0.value) }
        return Set(FleetPerson.merge(mine + others).map { [$0.number] + $0.numbers })
    }
}
