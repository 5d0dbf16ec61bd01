import Foundation
import Recognition
import TestSupport
import Testing
import Unknowns

/// Unknown people whom a network embedded that is in use no more.
@Suite struct ComparablePeopleTests {
    private static let former = EmbedderOrigin(
        id: "former", sha256: String(repeating: "b", count: 64), crop: "square", standardisation: "none",
        precision: "f32")

    @Test func theirPicturesAreEmbeddedAnew() throws {
        let household = try Household("Ann", "Bob")
        try household.train()
        try household.see(4, by: Self.former)
        // The views show Ann, whatever the former network said.
        let person = try #require(household.store.load().people.first)
        let place = household.store.place(of: person.number)
        for view in person.views {
            try FileManager.default.removeItem(at: place.appending(path: view.file))
            try FileManager.default.copyItem(
                at: household.faces.appending(path: "Ann/0.png"), to: place.appending(path: view.file))
        }
        #expect(try found("Ann", household) == [["unknown-1"], []])
        #expect(try found("Bob", household) == [[], []])
        for view in person.views { try FileManager.default.removeItem(at: place.appending(path: view.file)) }
        #expect(try found("Ann", household) == [[], ["unknown-1"]])
    }

    /// Who is the same person, and who cannot be compared.
    private func found(_ name: String, _ household: Household) throws -> [[String]] {
        let forgetting = try household.forgetting(name)
        return [forgetting.traces.map(\.person.id), forgetting.others.map(\.id)]
    }

    @Test func whatCannotBeReadCanBeRemoved() throws {
        let household = try Household()
        try household.see(0)
        try Data("{".utf8).write(to: household.store.place(of: 1).appending(path: "person.json"))
        #expect(try household.store.load().people.isEmpty && household.store.keeps(1))
        try household.store.remove(1)
        #expect(!household.store.keeps(1))
        #expect(try FileManager.default.contentsOfDirectory(atPath: household.store.folder.path) == ["numbers"])
    }
}
