import FleetFacts
import FleetStorage
import Unknowns
import VisageCore

/// Which ids mean one person on all machines of the fleet, and who is to be forgotten there.
struct FleetAliases {
    private let people: [FleetPerson]
    private let removals: RemovalQueue

    /// Reads what visage-fleet has heard; nothing if it has not run yet.
    init(state: String, machine: Int) {
        let reader = FactReader(at: FactDatabase.path(state: state), machine: machine)
        _ = reader.refresh()
        people = reader.content.people
        removals = RemovalQueue(state: state)
    }

    /// This machine's people with all ids that they have anywhere.
    func completed(_ own: [UnknownPerson]) -> [UnknownPerson] {
        var aliases = AliasGroups()
        for person in people { aliases.add(person.number, also: person.numbers) }
        for person in own { aliases.add(person.number, also: person.also.filter { UnknownNumber.machine(of: $0) > 0 }) }
        let groups: [Int: [Int]] = aliases.groups().reduce(into: [:]) { groups, numbers in
            for number in numbers { groups[number] = numbers }
        }
        return own.map { person in
            var person = person
            let new = Set(groups[person.number] ?? []).subtracting(person.also + [person.number])
            person.also += new.sorted()
            return person
        }
    }

    /// All numbers of somebody whom other machines have seen; empty for nobody.
    func numbers(of id: String) -> [Int] {
        UnknownPerson.number(of: id).flatMap { number in people.first { $0.numbers.contains(number) } }?.numbers ?? []
    }

    /// - Throws: `VisageError` (notFound) for somebody whom this machine has not seen.
    func refuseForeign(_ ids: some Sequence<String>, among own: [UnknownPerson]) throws {
        for id in ids where !own.contains(where: { $0.answers(to: id) }) {
            guard let number = numbers(of: id).first else { continue }
            throw VisageError(
                .notFound,
                "\(id) was seen by other machines alone, and pictures stay where they were taken: name the person on "
                    + "machine \(UnknownNumber.machine(of: number))")
        }
    }

    /// The others are told to forget these people, also when this machine cannot reach them now.
    /// - Throws: `VisageError` (unwritable).
    func announce(_ people: [UnknownPerson]) throws { try removals.add(people.flatMap { [$0.number] + $0.also }) }

    /// - Throws: `VisageError` (unwritable).
    func announce(_ ids: [String]) throws { try removals.add(ids.compactMap(UnknownPerson.number)) }
}
