import Events
import Unknowns
import VisageCore

/// What `visage label --list --json` prints.
struct LabelListing: Encodable {
    let people: [Person]

    struct Person: Encodable {
        let id: String
        let also: [String]
        let firstSeen: String
        let lastSeen: String
        let visits: Int
        let cameras: [String]
        let views: [String]

        enum CodingKeys: String, CodingKey {
            case id, also, visits, cameras, views
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
        }
    }

    init(_ people: [UnknownPerson], _ store: UnknownStore) {
        self.people = people.map { person in
            Person(
                id: person.id, also: person.also.map(UnknownPerson.id), firstSeen: Event.format(person.firstSeen),
                lastSeen: Event.format(person.lastSeen), visits: person.visits, cameras: person.cameras,
                views: person.views.map { store.place(of: person.number).appending(path: $0.file).path })
        }
    }
}
