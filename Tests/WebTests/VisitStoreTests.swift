import Events
import Foundation
import GRDB
import TestSupport
import Testing
import VisageCore
import Visits

@Suite struct VisitStoreTests {
    private let scratch: ScratchFolder
    private let store: VisitStore

    init() throws {
        scratch = try ScratchFolder()
        store = try VisitStore(at: scratch.file("web/visits.db").path)
    }

    private func apply(_ events: [Event]) throws {
        var place = try store.place()
        place.seq = events.compactMap(\.seq).max() ?? 0
        #expect(try store.apply(events, upTo: place))
    }

    /// As many visits, a minute apart, by three people and strangers at two cameras.
    private func fill(_ count: Int) throws {
        for index in 0..<count {
            let name = ["Ada", "Bob", nil, "Cy"][index % 4]
            try apply(
                SampleVisit.events(
                    seq: Int64(index * 3 + 1), track: index, camera: index % 2 == 0 ? "door" : "yard", name: name,
                    unknownID: "unknown-\(index % 3)",
                    start: Date(timeIntervalSince1970: 1_772_000_000 + Double(index) * 60)))
        }
    }

    @Test("A track's events become one visit, however often they come")
    func oneVisit() throws {
        let events = try SampleVisit.events(seq: 5, track: 3)
        try apply(events)
        try apply(events)
        let visit = try #require(try store.visits(limit: 10).first)
        #expect(try store.count() == 1)
        #expect(visit.kind == .person && visit.subject == "Ada" && visit.camera == "door")
        #expect(visit.isOver && visit.durationMs == 1900 && visit.similarity == 0.8 && visit.samples == 3)
        #expect(visit.file == "20260301T093000Z.mp4" && visit.offsetMs == 0)
        #expect(visit.bestAfterMs == 1000 && visit.box == [1, 2, 30, 40])
        #expect(try store.place().seq == 7)
        #expect(try store.visit(visit.id) == visit)
    }

    @Test("Pages follow each other without a gap or a repetition, whatever is added meanwhile")
    func paging() throws {
        try fill(50)
        var seen: [Int64] = []
        var cursor: VisitCursor?
        repeat {
            let page = try store.visits(after: cursor, limit: 7)
            seen += page.map(\.id)
            cursor = page.count == 7 ? page.last.map { VisitCursor($0) } : nil
            try apply(SampleVisit.events(seq: 1000 + Int64(seen.count), track: 1000 + seen.count, start: Date()))
        } while cursor != nil
        #expect(seen.count == 50)
        #expect(Set(seen).count == 50)
        #expect(seen == seen.sorted(by: >))
    }

    @Test("Filters by person, unknown people, camera and time")
    func filters() throws {
        try fill(40)
        #expect(try store.visits(VisitFilter(who: .person("Ada")), limit: 100).count == 10)
        #expect(try store.visits(VisitFilter(who: .kind(.unknown)), limit: 100).count == 10)
        #expect(
            try store.visits(VisitFilter(who: .unknown("unknown-2")), limit: 100).allSatisfy {
                $0.subject == "unknown-2"
            })
        #expect(try store.visits(VisitFilter(camera: "yard"), limit: 100).count == 20)
        #expect(try store.visits(VisitFilter(who: .person("Ada"), camera: "yard"), limit: 100).isEmpty)
        #expect(try store.visits(VisitFilter(who: .person("Nobody")), limit: 100).isEmpty)
        let hour = Int64(1_772_000_000_000)..<1_772_000_600_000
        #expect(try store.visits(VisitFilter(times: hour), limit: 100).count == 10)
        let middle = try #require(try store.visits(limit: 20).last)
        let next = try #require(try store.visit(newerThan: VisitCursor(middle)))
        #expect(next.start > middle.start)
        #expect(try store.visits(after: VisitCursor(next), limit: 1).first == middle)
    }

    @Test("Who is forgotten is in no file any more, and events received before are read anew")
    func forgetting() throws {
        try apply(SampleVisit.events(seq: 1, track: 1, name: "Zaphod Beeblebrox"))
        let before = try store.place()
        #expect(try store.forget(.person("Zaphod Beeblebrox")) == 1)
        let visit = try #require(try store.visits(limit: 1).first)
        #expect(visit.kind == .unknown && visit.subject == VisitStore.forgotten && visit.similarity == nil)
        for file in try FileManager.default.contentsOfDirectory(atPath: scratch.file("web").path) {
            let data = try Data(contentsOf: scratch.file("web/\(file)"))
            #expect(data.range(of: Data("Zaphod".utf8)) == nil, "\(file)")
        }
        let late = try SampleVisit.events(seq: 4, track: 2, name: "Zaphod Beeblebrox")
        let isApplied = try store.apply(late, upTo: before)
        #expect(!isApplied)
        #expect(try store.count() == 1)
    }

    @Test("Visits go with the log")
    func retention() throws {
        try fill(10)
        #expect(try store.trim(oldest: 16) == 5)
        #expect(try store.visits(limit: 100).count == 5)
    }

    @Test("A face that is no longer followed is not in sight")
    func endOfRuns() throws {
        try apply(SampleVisit.events(seq: 1, track: 1, isLost: false))
        try apply(SampleVisit.events(seq: 11, track: 2, isLost: false))
        try store.endVisits(exceptOf: "run-1", tracks: [2])
        #expect(try store.visits(limit: 10).map(\.isOver) == [false, true])
        try store.endVisits(exceptOf: "run-2", tracks: [])
        #expect(try store.visits(limit: 10).map(\.isOver) == [true, true])
    }

    @Test("Damaged visits are made anew; nobody else may read them")
    func damage() throws {
        let path = scratch.file("other/visits.db").path
        _ = try VisitStore(at: path)
        try Data(repeating: 7, count: 9000).write(to: URL(filePath: path))
        #expect(try VisitStore(at: path).count() == 0)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(stat(scratch.file("other").path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test("Visits from before there were machines are kept")
    func migration() throws {
        let file = scratch.file("old.db")
        let queue = try DatabaseQueue(path: file.path)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE grdb_migrations(identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES('visits');
                    CREATE TABLE cameras(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                    CREATE TABLE runs(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                    CREATE TABLE subjects(
                        id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
                    CREATE TABLE visits(
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        run INTEGER NOT NULL, track INTEGER NOT NULL, camera INTEGER NOT NULL,
                        kind INTEGER NOT NULL DEFAULT 0, subject INTEGER,
                        start INTEGER NOT NULL, end INTEGER NOT NULL, duration INTEGER, over INTEGER NOT NULL DEFAULT 0,
                        similarity REAL, probability REAL, margin REAL, samples INTEGER,
                        revisions INTEGER NOT NULL DEFAULT 0, file TEXT, offset INTEGER, pts INTEGER NOT NULL,
                        best INTEGER, quality REAL, box TEXT, width INTEGER, height INTEGER, last INTEGER NOT NULL);
                    CREATE UNIQUE INDEX visits_track ON visits(run, track);
                    CREATE INDEX visits_open ON visits(over) WHERE over = 0;
                    CREATE INDEX visits_start ON visits(start);
                    CREATE INDEX visits_kind ON visits(kind, start);
                    CREATE INDEX visits_subject ON visits(subject, start);
                    CREATE INDEX visits_camera ON visits(camera, start);
                    CREATE INDEX visits_camera_kind ON visits(camera, kind, start);
                    CREATE INDEX visits_camera_subject ON visits(camera, subject, start);
                    CREATE TABLE place(
                        id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, epoch TEXT, generation INTEGER NOT NULL);
                    INSERT INTO place VALUES(1, 7, 'a:1', 2);
                    INSERT INTO cameras VALUES(4, 'door');
                    INSERT INTO runs VALUES(1, 'run-1');
                    INSERT INTO subjects VALUES(1, 1, 'Ada');
                    INSERT INTO visits(id, run, track, camera, kind, subject, start, end, over, pts, last)
                        VALUES(12, 1, 3, 4, 1, 1, 1000, 2000, 1, 0, 7);
                    """)
        }
        try queue.close()
        let old = try VisitStore(at: file.path)
        #expect(try old.place() == VisitStore.Place(seq: 7, epoch: "a:1", generation: 2))
        let visit = try #require(try old.visits(VisitFilter(camera: "door"), limit: 10).first)
        #expect(visit.id == 12 && visit.machine == nil && visit.subject == "Ada")
        #expect(try old.machinePlaces().places.isEmpty)
        let next = try SampleVisit.events(seq: 8, track: 4)
        #expect(try old.apply(next, upTo: .init(seq: 10, epoch: "a:1", generation: 2)))
        #expect(try old.visits(VisitFilter(camera: "door"), limit: 10).count == 2)
    }
}
