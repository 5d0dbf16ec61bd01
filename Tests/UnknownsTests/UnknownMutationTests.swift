import Foundation
import Logging
import TestSupport
import Testing
import Unknowns
import VisageCore

/// Records of unknown people that somebody else has written. Whatever is in them, the daemon starts and goes on.
@Suite struct UnknownMutationTests {
    private let household: Household

    init() throws {
        household = try Household()
        try household.see(0, 1, 2)
    }

    private func record(_ number: Int) -> URL { household.store.place(of: number).appending(path: "person.json") }

    private func lead(_ memory: UnknownMemory) {
        let door = memory.camera("door", isStart: true)
        for person in 0..<3 { door.visit(person, track: person, view: 1, views: 2) }
        let first = door.recognize(Strangers.face(7), track: 10, besides: [], at: Strangers.start)
        door.visit(8, track: 11, besides: [first], views: 1)
        door.withdraw(track: 10)
    }

    @Test func mutatedRecords() throws {
        var random = SeededRandom(17)
        let whole = try Data(contentsOf: record(2))
        var used = 0
        for _ in 0..<3000 {
            try Mutation.json(whole, &random).write(to: record(2))
            let content = try household.store.load()
            used += content.people.count == 3 ? 1 : 0
            #expect(content.people.count + content.leftOut.count == 3)
            let memory = UnknownMemory(
                UnknownSettings(), embedder: Strangers.origin, curve: Strangers.curve, people: content.people,
                highest: content.highest)
            lead(memory)
            memory.trim(at: Strangers.start)
            #expect(memory.highest <= content.highest + 5)
        }
        #expect(used > 0 && used < 3000)
    }

    @Test(arguments: [
        "9223372036854775807", "9223372036854775800", "-5", "1e300", "", "\u{1B}", "99999999999999999999",
    ])
    func damagedNumbers(text: String) throws {
        try Data(text.utf8).write(to: household.store.folder.appending(path: "numbers"))
        try household.see(4)
        #expect(try household.store.load().people.map(\.number) == [1, 2, 3, 4])
    }

    @Test(arguments: ["unknown-9223372036854775807", "unknown-9223372036854775808", "unknown-0", "unknown-007"])
    func foldersWithImpossibleNumbers(name: String) throws {
        try FileManager.default.copyItem(
            at: household.store.place(of: 1), to: household.store.folder.appending(path: name))
        let content = try household.store.load()
        #expect(content.people.map(\.number) == [1, 2, 3] && content.leftOut.map(\.folder.lastPathComponent) == [name])
        try household.see(4)
        #expect(try household.store.load().people.map(\.number) == [1, 2, 3, 4])
    }

    /// A person who is taken for somebody new again and again.
    @Test func earlierIDsAreLimited() throws {
        let keeper = try UnknownKeeper(
            household.scratch.file("other"), settings: UnknownSettings(), embedder: Strangers.origin,
            curve: Strangers.curve, cameras: [("door", false)],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let other = keeper.memory.camera("door", isStart: true)
        other.visit(1, track: 0)
        for track in 1...300 {
            _ = other.recognize(Strangers.face(1, isClear: false), track: track, besides: [], at: Strangers.start)
            other.learn(Strangers.face(1, view: track), track: track, at: Strangers.start)
            other.leave(track: track)
        }
        keeper.close()
        let person = try #require(try UnknownStore(household.scratch.file("other")).load().people.first)
        #expect(person.number == 1 && person.also == Array(46...301), "the newest 256")
        #expect(person.answers(to: "unknown-301") && !person.answers(to: "unknown-2"))
    }
}
