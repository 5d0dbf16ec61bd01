import Foundation
import Recognition
import TestSupport
import Testing
import Unknowns
import VisageCore

/// A person is forgotten whole, alone, and to the end.
@Suite struct ForgettingTests {
    private func refusal(_ code: VisageError.Code, _ body: () throws -> Void) -> String {
        do {
            try body()
        } catch let error as VisageError {
            #expect(error.code == code, "\(error)")
            return "\(error)"
        } catch {
            Issue.record("\(error)")
        }
        return ""
    }

    @Test func aPersonGoesFromEverywhere() throws {
        let household = try Household("Ann", "Bob")
        try household.train()
        try household.see(0, 3)
        let forgetting = try household.forgetting("Ann")
        #expect(forgetting.isKnown && forgetting.traces.map(\.person.id) == ["unknown-1"])
        let report = try forgetting.run()
        #expect(report.left == 1 && report.lost.isEmpty && report.links.isEmpty)
        #expect(try household.known().people == ["Bob"])
        #expect(try household.files() == ["Bob", "Bob/0.png", "Bob/1.png", "Bob/2.png"])
        #expect(try household.store.load().people.map(\.id) == ["unknown-2"])
    }

    @Test(arguments: ["..", ".", "", "a/../b", "../precious", "/tmp", "Ann/"])
    func aNameIsNoPath(_ name: String) throws {
        let household = try Household("Ann", "Bob")
        try household.train()
        try household.put(2, "precious", in: household.scratch.url)
        let before = try household.files(in: household.scratch.url)
        #expect(refusal(.usage) { _ = try household.forgetting(name).run() }.contains("`\(name)` cannot be"))
        #expect(try household.files(in: household.scratch.url) == before)
    }

    @Test func nobodyElseIsLost() throws {
        let household = try Household("Ann", "Bob", "Cid")
        try household.train()
        try household.see(0)
        try household.damage("Bob/0.png", "Bob/1.png", "Bob/2.png")
        let (files, people) = (try household.files(), try household.known().people)
        let text = refusal(.gallery) { _ = try household.forgetting("Ann").run() }
        #expect(text.contains("None of the 3 photos of Bob") && text.contains("Bob/0.png: unreadable"), "\(text)")
        #expect(try household.files() == files && household.known().people == people)
        #expect(try household.store.load().people.count == 1)

        try household.put(1, "Bob")
        try household.damage("Bob/1.png", "Ann/1.png")
        let report = try household.forgetting("Ann").run()
        #expect(report.lost.map { Array($0.photo.path.split(separator: "/").suffix(2)) } == [["Bob", "1.png"]])
        #expect(try household.known().people == ["Bob", "Cid"])
        #expect(try household.forgetting("Cid").run().lost.isEmpty, "it was said once")
    }

    @Test func theLastGoesWhoeverElseHasPhotos() throws {
        let household = try Household("Ann")
        try household.train()
        try household.put(1, "Bob")
        try household.damage("Bob/0.png", "Bob/1.png", "Bob/2.png")
        #expect(try household.forgetting("Ann").run().left == 0)
        #expect(try household.known().people.isEmpty)
    }

    @Test func oneAfterTheOther() throws {
        let household = try Household("Ann", "Bob")
        let text = refusal(.inUse) {
            let readers = try [FacesLock(reading: household.faces), FacesLock(reading: household.faces)]
            try withExtendedLifetime(readers) { _ = try FacesLock(household.faces) }
        }
        #expect(text.contains("retry when it finishes"))
        try household.train()
        let forgetting = try household.forgetting("Ann")
        #expect(!refusal(.inUse) { _ = try FacesLock(household.faces) }.isEmpty)
        #expect(!refusal(.inUse) { _ = try FacesLock(reading: household.faces) }.isEmpty)
        _ = try forgetting.run()
    }

    @Test func aFolderThatIsMadeForNothingGoesAgain() throws {
        let household = try Household()
        #expect(try !household.forgetting("Ann").isKnown)
        #expect(!FileManager.default.fileExists(atPath: household.faces.path))
    }

    @Test func whoDiesBeforeTheGalleryIsWrittenCanComeBack() throws {
        let household = try Household("Ann", "Bob")
        try household.train()
        try household.see(0)
        let aside = household.scratch.file("aside")
        let text = refusal(.unwritable) {
            let forgetting = try household.forgetting("Ann")
            // The gallery cannot be replaced.
            try FileManager.default.moveItem(at: household.gallery, to: aside)
            try FileManager.default.createDirectory(at: household.gallery, withIntermediateDirectories: true)
            try Data().write(to: household.gallery.appending(path: "mine"))
            _ = try forgetting.run()
        }
        #expect(text.contains("will not be replaced"))
        #expect(try household.files().contains("Ann/0.png") && household.store.load().people.isEmpty)
        try FileManager.default.removeItem(at: household.gallery)
        try FileManager.default.moveItem(at: aside, to: household.gallery)
        #expect(try household.forgetting("Ann").run().left == 1)
        #expect(try !household.files().contains("Ann"))
    }

    @Test func whoDiesWithThePhotosOutOfSightComesToTheEnd() throws {
        let household = try Household("Bob")
        try household.train()
        try household.put(0, ".visage-1/Ann")
        try household.put(0, ".visage-2")
        try household.see(0)
        let store = household.store.folder
        try FileManager.default.moveItem(
            at: store.appending(path: "unknown-1"), to: store.appending(path: ".unknown-1.gone"))
        #expect(household.store.keeps(1))
        // No process has this number; the other one is at work.
        let (left, other) = (household.scratch.file(".gallery.new-4194305"), ".gallery.new-\(getppid())")
        for folder in [left, household.scratch.file(other)] {
            try FileManager.default.copyItem(at: household.gallery, to: folder)
        }
        let forgetting = try household.forgetting("Ann")
        #expect(forgetting.isKnown && forgetting.places.isEmpty)
        #expect(try forgetting.run().left == 1)
        #expect(try household.files().filter { $0.contains("visage") } == [])
        #expect(try household.files(in: store) == ["numbers"] && !household.store.keeps(1))
        let all = try FileManager.default.contentsOfDirectory(atPath: household.scratch.url.path)
        #expect(all.filter { $0.contains(".new-") } == [other])
    }

    @Test func aNameHasItsFoldersHoweverItIsWritten() throws {
        let household = try Household("Jose\u{301}", "Jos\u{e9}", "Bob")
        #expect(try household.files().filter { !$0.contains("/") }.count == 3)
        try household.train()
        #expect(try household.known().description.people.map(\.photos) == [3, 6])
        let forgetting = try household.forgetting("Jos\u{e9}")
        #expect(forgetting.places.count == 2)
        _ = try forgetting.run()
        #expect(try household.files() == ["Bob", "Bob/0.png", "Bob/1.png", "Bob/2.png"])
    }

    @Test func whatLinksLeadToRemainsAndIsTold() throws {
        let household = try Household("Bob")
        let elsewhere = household.scratch.file("elsewhere").resolvingSymlinksInPath()
        try household.put(0, "Ann", in: elsewhere)
        let (files, link) = (FileManager.default, household.faces.appending(path: "Ann"))
        try files.createSymbolicLink(at: link, withDestinationURL: elsewhere.appending(path: "Ann"))
        try household.train()
        let report = try household.forgetting("Ann").run()
        #expect(report.links.map(\.target) == [elsewhere.appending(path: "Ann").path])
        #expect(try household.files().count == 4 && household.files(in: elsewhere).count == 4)

        try files.createSymbolicLink(
            at: household.faces.appending(path: "Bob/linked.png"),
            withDestinationURL: elsewhere.appending(path: "Ann/0.png"))
        try files.createSymbolicLink(at: link, withDestinationURL: elsewhere.appending(path: "nowhere"))
        #expect(try household.forgetting("Ann").run().links.count == 1, "it leads nowhere, but bears the name")
        let second = try household.forgetting("Bob").run()
        #expect(second.links.map(\.target) == [elsewhere.appending(path: "Ann/0.png").path])
        #expect(try household.files() == [] && household.files(in: elsewhere).count == 4)
    }
}
