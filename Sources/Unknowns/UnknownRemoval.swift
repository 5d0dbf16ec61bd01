import Foundation
import VisageCore

/// Removes an unknown person from disk, by an id that events may have reported.
package struct UnknownRemoval {
    /// What was removed.
    package enum Outcome {
        case person(UnknownPerson)
        /// A folder whose record could not be read.
        case unreadable(URL)
        /// There was nothing on disk.
        case nothing
    }

    private let id: String
    private let person: UnknownPerson?
    /// The number of a person whose record cannot be read.
    private let unreadable: Int?
    private let store: UnknownStore

    /// - Parameter people: all unknown people that can be read.
    package init(_ id: String, among people: [UnknownPerson], store: UnknownStore) {
        self.id = id
        self.store = store
        let person = people.first { $0.answers(to: id) }
        self.person = person
        unreadable = UnknownPerson.number(of: id).flatMap { person == nil && store.keeps($0) ? $0 : nil }
    }

    /// All ids of the person, sorted.
    package var ids: [String] { Set([id] + (person?.ids ?? [])).sorted() }

    /// Whether something of the person is on disk.
    package var isStored: Bool { person != nil || unreadable != nil }

    /// - Throws: `VisageError` (unwritable).
    package func run() throws -> Outcome {
        if let person {
            try store.remove(person.number)
            return .person(person)
        }
        guard let unreadable else { return .nothing }
        try store.remove(unreadable)
        return .unreadable(store.place(of: unreadable))
    }
}

extension UnknownPerson {
    /// The id, and the former ids of people who turned out to be the same person.
    package var ids: [String] { [id] + also.map(Self.id) }

    /// The people with these ids, each once, in the order of the ids.
    /// - Throws: `VisageError` (notFound) naming an id that nobody has.
    package static func choose(_ ids: some Sequence<String>, among people: [UnknownPerson]) throws -> [UnknownPerson] {
        var chosen: [UnknownPerson] = []
        for id in ids {
            guard let person = people.first(where: { $0.answers(to: id) }) else {
                throw VisageError(.notFound, "There is no \(id); `visage label --list` lists the unknown people")
            }
            if !chosen.contains(person) { chosen.append(person) }
        }
        return chosen
    }
}
