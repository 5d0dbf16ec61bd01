import FleetFacts
import FleetStorage
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct FactDatabaseTests {
    private let scratch: ScratchFolder
    private var path: String { scratch.file("unknown.db").path }

    init() throws { scratch = try ScratchFolder() }

    @Test func theReaderFollowsTheWriter() throws {
        let reader = FactReader(at: path, machine: 2)
        #expect(!reader.refresh() && reader.problem == nil)
        let database = try FactDatabase(at: path)
        #expect(reader.refresh() && reader.content.facts.isEmpty)
        let (a, b) = (Facts.fact(Facts.id(1, 1)), Facts.fact(Facts.id(3, 1)))
        try database.store([(1, .person(a)), (2, .person(a)), (3, .person(b))])
        #expect(reader.refresh())
        #expect(reader.content.facts.values.map(\.number).sorted() == [a.number, b.number], "the own one is left out")
        #expect(!reader.refresh())
        try database.store([(1, .gone(number: a.number, version: 2))])
        try database.drop([FactKey(machine: 3, number: b.number)], removed: [b.number])
        #expect(reader.refresh() && reader.content.facts.isEmpty && reader.content.removed == [b.number])
        let set = try FactDatabase(at: path).load()
        #expect(set.removed == [b.number] && set.version(of: FactKey(machine: 1, number: a.number)) == 2)
        #expect(set.count == 1, "the own one")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func aDamagedFileIsMadeAnewAndDisturbsNoReader() throws {
        var database: FactDatabase? = try FactDatabase(at: path)
        try database?.store([(1, .person(Facts.fact(Facts.id(1, 1))))])
        let reader = FactReader(at: path, machine: 2)
        #expect(reader.refresh() && reader.content.facts.count == 1)
        database = nil
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: path))
        #expect(!reader.refresh() && reader.problem != nil && reader.content.facts.count == 1)
        let anew = try FactDatabase(at: path)
        try anew.store([(3, .person(Facts.fact(Facts.id(3, 1))))])
        #expect(reader.refresh() && reader.problem == nil)
        #expect(reader.content.facts.keys.map(\.machine) == [3])
    }

    @Test func removalsWaitOnDisk() throws {
        let queue = RemovalQueue(state: scratch.url.path)
        try queue.add([4, Facts.id(1, 4), Facts.id(2, 5)])
        try queue.add([6])
        let waiting = queue.waiting()
        #expect(waiting.map(\.numbers) == [[Facts.id(1, 4), Facts.id(2, 5)]])
        try Data([0xFF, 0]).write(to: queue.folder.appending(path: "x.removal"))
        for entry in queue.waiting() { try queue.remove(entry) }
        #expect(queue.waiting().isEmpty)
    }
}
