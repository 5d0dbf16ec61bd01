import Foundation
import Recognition
import TestSupport
import Testing
import Unknowns
import VisageCore

@Suite struct UnknownRemovalTests {
    private let household: Household

    init() throws {
        household = try Household()
        try household.see(0, 1)
    }

    private func people() throws -> [UnknownPerson] { try household.store.load().people }

    @Test func aPersonIsRemoved() throws {
        let removal = UnknownRemoval("unknown-1", among: try people(), store: household.store)
        #expect(removal.isStored && removal.ids == ["unknown-1"])
        guard case .person(let person) = try removal.run() else {
            Issue.record("not a person")
            return
        }
        #expect(person.id == "unknown-1")
        #expect(try people().map(\.id) == ["unknown-2"])
    }

    @Test func aRecordThatCannotBeReadIsRemovedToo() throws {
        let place = household.store.place(of: 2)
        try Data("{".utf8).write(to: place.appending(path: "person.json"))
        let readable = try people()
        #expect(readable.map(\.id) == ["unknown-1"])
        guard
            case .unreadable(let folder) = try UnknownRemoval("unknown-2", among: readable, store: household.store)
                .run()
        else {
            Issue.record("it can be read")
            return
        }
        #expect(folder == place && !FileManager.default.fileExists(atPath: place.path))
    }

    @Test func whereThereIsNobodyNothingIsRemoved() throws {
        let removal = UnknownRemoval("unknown-9", among: try people(), store: household.store)
        #expect(!removal.isStored && removal.ids == ["unknown-9"])
        guard case .nothing = try removal.run() else {
            Issue.record("something was removed")
            return
        }
        #expect(try people().count == 2)
    }

    @Test func peopleAreChosenOnceAndInOrder() throws {
        let people = try people()
        #expect(
            try UnknownPerson.choose(["unknown-2", "unknown-1", "unknown-2"], among: people).map(\.id)
                == ["unknown-2", "unknown-1"])
        #expect {
            _ = try UnknownPerson.choose(["unknown-1", "unknown-9"], among: people)
        } throws: { ($0 as? VisageError)?.code == .notFound && "\($0)".contains("unknown-9") }
    }
}
