import Foundation
import Recognition
import TestSupport
import Testing
import Unknowns
import VisageCore

/// A gallery whose strangers' folder is not there any more.
@Suite struct StrangersGoneTests {
    private let household: Household
    private let strangers: URL

    init() throws {
        household = try Household("Ann", "Bob")
        strangers = household.scratch.file("strangers")
        try household.put(3, "Stranger", in: strangers)
        try household.train(strangers: FacesFolder(strangers))
        try FileManager.default.removeItem(at: strangers)
    }

    @Test func forgettingKeepsTheRule() throws {
        let before = try household.known().description
        let update = try household.update()
        #expect(update.strangersGone?.message.contains("strangers is not a folder") == true)
        _ = try Forgetting("Ann", among: [], store: household.store, update: update).run()
        let after = try household.known().description
        #expect(after.people.map(\.name) == ["Bob"])
        #expect(after.calibration.rule == before.calibration.rule && after.calibration.strangers == nil)
        #expect(after.sources?.strangers == before.sources?.strangers, "who labels is told, too")
    }

    @Test func labelingWantsOthers() throws {
        try household.see(2)
        let people = try household.store.load().people
        #expect {
            _ = try Labeling(people, as: "Cid", store: household.store, update: household.update())
        } throws: { error in
            "\(error)".contains("are gone") && "\(error)".contains("--strangers")
        }
        let others = household.scratch.file("others")
        try household.put(3, "Stranger", in: others)
        let update = try household.update(strangers: FacesFolder(others))
        _ = try Labeling(people, as: "Cid", store: household.store, update: update).run()
        let description = try household.known().description
        #expect(description.people.map(\.name) == ["Ann", "Bob", "Cid"])
        #expect(description.sources?.strangers == others.path && description.calibration.strangers != nil)
    }
}
