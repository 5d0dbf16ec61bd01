import Foundation
import Imaging
import Logging
import Recognition
import TestSupport
import Testing
import Unknowns
import VisageCore

/// The memory's folder.
@Suite struct UnknownKeeperTests {
    private let scratch: ScratchFolder
    private let folder: URL

    init() throws {
        scratch = try ScratchFolder()
        folder = scratch.file("unknown")
    }

    private func keeper(
        _ settings: UnknownSettings = UnknownSettings(), in folder: URL? = nil
    ) throws -> UnknownKeeper {
        try UnknownKeeper(
            folder ?? self.folder, settings: settings, embedder: Strangers.origin, curve: Strangers.curve,
            cameras: [("door", false)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func files(_ id: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: id).path)) ?? []).sorted()
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    private func door(_ keeper: UnknownKeeper) -> any UnknownPeople { keeper.memory.camera("door", isStart: true) }

    @Test func withoutATrustedClockNobodyGrowsOld() async throws {
        var settings = UnknownSettings()
        (settings.rememberFor, settings.keepViewsFor) = (.seconds(1), .seconds(1))
        let first = try keeper(settings)
        door(first).visit(1, track: 1, views: 3, at: Strangers.start.addingTimeInterval(-40 * Strangers.day))
        first.close()
        let second = try UnknownKeeper(
            folder, settings: settings, embedder: Strangers.origin, curve: Strangers.curve, cameras: [("door", false)],
            clock: { nil }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        // What the disk needs goes all the same, and after that round nobody else has.
        let bytes = second.viewBytes
        #expect(bytes > 0)
        second.shedViews(bytes: 1)
        #expect(await eventually { second.memory.counts.views == 0 })
        #expect(second.memory.counts.people == 1)
        second.close()
    }

    @Test func theNextRunKnowsThemAgain() throws {
        let first = try keeper()
        door(first).visit(1, track: 1, views: 3)
        door(first).visit(2, track: 2)
        first.close()
        #expect(files("unknown-1") == ["person.json", "view-1.jpg", "view-2.jpg", "view-3.jpg"])
        #expect(try mode("unknown-1") == 0o700 && mode("") == 0o700)
        for file in ["unknown-1/person.json", "unknown-1/view-1.jpg", "numbers"] { #expect(try mode(file) == 0o600) }
        let picture = try Photo.decode(Data(contentsOf: folder.appending(path: "unknown-1/view-1.jpg")))
        #expect(picture.width == 64 && picture.height == 64)

        let second = try keeper()
        #expect(second.memory.counts == .init(people: 2, views: 3, dropped: 0))
        #expect(door(second).visit(2, track: 1, view: 1) == "unknown-2")
        #expect(door(second).visit(3, track: 2) == "unknown-3")
        second.close()
        let people = try UnknownStore(folder).load().people
        #expect(people.map(\.number) == [1, 2, 3] && people.map(\.visits) == [1, 2, 1])
    }

    /// A daemon that runs on may replace pictures after `visage label` has read who is there.
    @Test func picturesThatWereReplacedAreReadAnew() throws {
        let keeper = try keeper()
        door(keeper).visit(1, track: 1, views: 3)
        keeper.close()
        let store = UnknownStore(folder)
        let person = try #require(try store.load().people.first)
        var earlier = person
        for index in earlier.views.indices { earlier.views[index].file = "view-\(90 + index).jpg" }
        #expect(try store.views(of: earlier).map(\.file) == person.views.map(\.file))
        try FileManager.default.removeItem(at: folder.appending(path: "unknown-1/view-2.jpg"))
        #expect(try store.views(of: earlier).map(\.file) == ["view-1.jpg", "view-3.jpg"])
        try store.remove(1)
        #expect(try store.views(of: earlier).isEmpty)
    }

    @Test func afterACrashNoNumberIsGivenAgain() throws {
        let first = try keeper()
        let id = door(first).visit(1, track: 1)
        // Nothing of it has reached the disk.
        try? FileManager.default.removeItem(at: folder.appending(path: id))
        let second = try keeper()
        let number = try #require(UnknownPerson.number(of: door(second).visit(2, track: 1)))
        #expect(number > 1)
    }

    @Test func whatIsDamagedOrNewerIsLeftOut() throws {
        let first = try keeper()
        for person in 1...4 { door(first).visit(person, track: person) }
        first.close()
        try Data("{\"schema\": 1, \"num".utf8).write(to: folder.appending(path: "unknown-1/person.json"))
        try Data("{\"schema\": 99}".utf8).write(to: folder.appending(path: "unknown-2/person.json"))
        try FileManager.default.removeItem(at: folder.appending(path: "unknown-3/person.json"))
        try Data().write(to: folder.appending(path: "unknown-x"))
        let content = try UnknownStore(folder).load()
        #expect(content.people.map(\.number) == [4] && content.highest == 4)
        #expect(content.leftOut.map(\.folder.lastPathComponent) == ["unknown-1", "unknown-2", "unknown-3"])
        #expect(content.leftOut.map(\.reason).contains { $0.contains("format 99") })
        let second = try keeper()
        #expect(door(second).visit(4, track: 1, view: 1) == "unknown-4")
        #expect(door(second).visit(1, track: 2) == "unknown-5")
        second.close()
        #expect(files("unknown-2") == ["person.json"], "a newer Visage may want it")
        let third = try keeper()
        third.turn(at: Date().addingTimeInterval(31 * Strangers.day))
        #expect(files("unknown-1") == [], "not for ever")
    }

    /// A folder that cannot be looked at, be it for a permission or a disk, says nothing about who is in it. Tests may
    /// run as root, whom no permission stops, but nobody can follow a symbolic link to itself.
    @Test func anUnreadableFolderIsNotAnEmptyOne() throws {
        let (disk, mount) = (scratch.file("disk"), scratch.file("mount"))
        let folder = mount.appending(path: "unknown")
        /// In one step: the keeper looks at the folder at any time.
        func lead(to target: URL) throws {
            let link = scratch.file("link")
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: target.path)
            #expect(rename(link.path, mount.path) == 0)
        }
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        try lead(to: disk)
        let keeper = try keeper(in: folder)
        door(keeper).visit(1, track: 1, at: Date())
        keeper.turn(at: Date())

        try lead(to: mount)
        let error = #expect(throws: VisageError.self) { try UnknownStore(folder).load() }
        #expect(error?.code == .unreadable)
        #expect(UnknownStore(folder).keeps(1), "it cannot be told that nothing is there")
        // Whoever is known stays known, also when there is something new to write.
        keeper.turn(at: Date())
        #expect(door(keeper).visit(1, track: 2, view: 1, at: Date()) == "unknown-1")
        keeper.turn(at: Date())
        #expect(keeper.memory.counts.people == 1)

        try lead(to: disk)
        #expect(door(keeper).visit(1, track: 3, view: 2, at: Date()) == "unknown-1")
        keeper.close()
        #expect(try UnknownStore(folder).load().people.map(\.visits) == [3])
    }

    /// `label` with the number that was told first has to find the person, too.
    @Test func whoIsRecognizedWhileInSightIsKeptUnderTheOlderNumber() throws {
        let keeper = try keeper()
        door(keeper).visit(1, track: 1, views: 1)
        _ = door(keeper).recognize(Strangers.face(1, isClear: false), track: 2, besides: [], at: Date())
        door(keeper).keep(Strangers.view(1, 7), track: 2)
        #expect(door(keeper).learn(Strangers.face(1, view: 2), track: 2, at: Date()) == "unknown-1")
        keeper.turn(at: Date())
        #expect(files("unknown-1") == ["person.json", "view-1.jpg", "view-2.jpg"] && files("unknown-2") == [])
        let people = try UnknownStore(folder).load().people
        #expect(people.map(\.also) == [[2]] && people.map(\.visits) == [2])
    }

    @Test func whoWasTakenAwayIsForgotten() throws {
        let keeper = try keeper()
        _ = door(keeper).recognize(Strangers.face(1), track: 1, besides: [], at: Date())
        keeper.turn(at: Date())
        #expect(files("unknown-1") == ["person.json"])
        try UnknownStore(folder).remove(1)
        // The face is still in sight.
        door(keeper).keep(Strangers.view(1, 0), track: 1)
        door(keeper).learn(Strangers.face(1, view: 1), track: 1, at: Date())
        keeper.turn(at: Date())
        door(keeper).leave(track: 1)
        keeper.turn(at: Date())
        #expect(files("unknown-1") == [] && keeper.memory.counts.people == 0)
        #expect(door(keeper).visit(1, track: 2) == "unknown-2")
    }

    @Test func whatIsTooOldGoes() throws {
        let now = Date()
        let first = try keeper()
        door(first).visit(1, track: 1, views: 2, at: now)
        first.close()
        let second = try keeper()
        second.turn(at: now.addingTimeInterval(15 * Strangers.day))
        #expect(files("unknown-1") == ["person.json"], "the views' time is over")
        second.close()
        let third = try keeper()
        third.turn(at: now.addingTimeInterval(31 * Strangers.day))
        #expect(files("unknown-1") == [])
        third.close()
        #expect(try UnknownStore(folder).load().people.isEmpty)
    }

    @Test func whatIsTooMuchGoesLongestAwayFirst() throws {
        var settings = UnknownSettings()
        let now = Date()
        let first = try keeper(settings)
        for person in 1...3 {
            door(first).visit(person, track: person, views: 2, at: now.addingTimeInterval(Double(person)))
        }
        first.close()
        // Each has a file of a block for what is known and one for each view.
        settings.bytes = 30_000
        let second = try keeper(settings)
        second.turn(at: now)
        second.close()
        #expect(files("unknown-1") == ["person.json"])
        #expect(files("unknown-3").count == 3)
    }

    @Test func withoutViewsThereAreNone() throws {
        var settings = UnknownSettings()
        settings.keepViewsFor = .zero
        let keeper = try keeper(settings)
        #expect(!door(keeper).keepsViews)
        door(keeper).visit(1, track: 1, views: 3)
        keeper.close()
        #expect(files("unknown-1") == ["person.json"])
    }

    @Test func anotherEmbeddersPeopleAreKeptButNotCompared() throws {
        let first = try keeper()
        door(first).visit(1, track: 1)
        first.close()
        let file = folder.appending(path: "unknown-1/person.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(text.replacing(Strangers.origin.sha256, with: String(repeating: "b", count: 64)).utf8).write(to: file)
        let second = try keeper()
        #expect(door(second).visit(1, track: 1) == "unknown-2")
        second.close()
        #expect(files("unknown-1") == ["person.json"])
    }
}
