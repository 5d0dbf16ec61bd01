import Events
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing
import VisageCore

/// What was told of somebody, and how it is made untold.
@Suite struct EventHistoryTests {
    private let folder: ScratchFolder
    private var path: String { folder.path("events.db") }

    init() throws { folder = try ScratchFolder() }

    /// A log that stays open, as a running daemon's.
    private func log(_ events: [Event]) throws -> EventLog {
        let log = try EventLog(at: path, logger: Fixture.logger)
        for (index, event) in events.enumerated() {
            var event = event
            event.seq = Int64(index + 1)
            event.run = "run"
            try log.append([
                .init(seq: Int64(index + 1), time: Date(), type: event.type, camera: event.camera, line: event.line())
            ])
        }
        return log
    }

    private func events(_ log: EventLog) throws -> [Event] {
        let validator = try EventSchemaValidator(schema: EventSchema.json)
        return try log.read(after: 0).lines.map { line in
            try validator.check(line)
            return try JSONDecoder().decode(Event.self, from: Data(line.utf8))
        }
    }

    @Test(arguments: ["Ann", "Zoë \"Z\" O'Neill/Åström"]) func theNameGoesAndTheNumbersStay(name: String) throws {
        let lost = Event.sample(.lost, track: 2, name: name)
        let log = try log([
            .sample(.appeared), .sample(.identified, name: name), .sample(.identified, track: 3, name: name + "a"),
            .sample(.revised, track: 2, name: name), lost,
        ])
        let history = try #require(try EventHistory(at: path))
        #expect(try history.events(of: .person(name)).map(\.seq) == [2, 4, 5])
        let (count, isClean) = try history.erase(.person(name))
        #expect(count == 3 && isClean)
        let after = try events(log)
        #expect(after.map(\.seq) == [1, 2, 3, 4, 5])
        #expect(after.map(\.type) == [.appeared, .unknown, .identified, .revised, .lost])
        #expect(after.map(\.name) == [nil, nil, name + "a", nil, nil])
        #expect(after[1].unknownID == "forgotten" && after[1].similarity == nil)
        #expect(after[3].from?.unknownID == "u-2" && after[3].to?.unknownID == "forgotten")
        #expect(try history.events(of: .person(name)).isEmpty)
        try log.append([.init(seq: 6, time: Date(), type: .appeared, camera: "door", line: "{}")])
        #expect(log.newest == 6, "the daemon goes on")
        try log.close()
    }

    @Test func nothingOfItIsLeftInTheFiles() throws {
        let log = try log((1...300).map { .sample(.identified, track: $0, name: "Ann of Cleves") })
        _ = try #require(try EventHistory(at: path)).erase(.person("Ann of Cleves"))
        for file in try FileManager.default.contentsOfDirectory(at: folder.url, includingPropertiesForKeys: nil) {
            #expect(try Data(contentsOf: file).range(of: Data("Cleves".utf8)) == nil, "\(file.lastPathComponent)")
        }
        try log.close()
    }

    @Test func recordingsThatShowTheNameAreFound() throws {
        func event(_ type: EventType, track: Int, _ file: String, _ time: String) -> Event {
            var event = Event.sample(type, track: track, name: "Ann")
            event.recording = RecordingPosition(file: file, offsetMs: 0)
            event.time = time
            return event
        }
        let found = EventHistory.appearances(in: [
            event(.identified, track: 1, "a.mp4", "10:00"), event(.lost, track: 1, "c.mp4", "10:20"),
            event(.identified, track: 2, "d.mp4", "11:00"),
        ])
        #expect(found.map(\.files) == ["a.mp4"..."c.mp4", "d.mp4"..."d.mp4"])
        #expect(found.map(\.times) == ["10:00"..."10:20", "11:00"..."11:00"])
    }

    /// What `visage forget` reports and removes.
    @Test func tracesAreEventsAndRecordingsThatExist() throws {
        func event(_ type: EventType, track: Int, _ file: String, _ time: String) -> Event {
            var event = Event.sample(type, track: track, name: "Ann")
            event.recording = RecordingPosition(file: file, offsetMs: 0)
            event.time = time
            return event
        }
        let log = try log([
            event(.identified, track: 2, "b.mp4", "10:20"), event(.identified, track: 1, "a.mp4", "10:00"),
            event(.lost, track: 1, "b.mp4", "10:10"), .sample(.identified, track: 3, name: "Bob"),
        ])
        let camera = try #require(Event.sample(.identified, track: 1, name: "Ann").camera)
        let recordings = folder.file("recordings/\(camera)")
        try FileManager.default.createDirectory(at: recordings, withIntermediateDirectories: true)
        for name in ["b.mp4", "c.mp4"] {
            let file = recordings.appending(path: name)
            try Data().write(to: file)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file.path)
        }
        let history = try #require(try EventHistory(at: path))
        let traces = try PersonTraces(
            of: [.person("Ann"), .person("Eve")], in: history, at: path, recordings: folder.path("recordings"))
        let trace = try #require(traces.all.first)
        #expect(traces.all.count == 1 && trace.name == "Ann" && trace.events == 3 && trace.since == "10:00")
        let found = traces.recordings(of: trace)
        #expect(
            found.map(\.path) == [recordings.appending(path: "b.mp4").path], "a.mp4 is gone, c.mp4 does not show her")
        #expect(found.first?.first == "10:00" && found.first?.last == "10:20")
        #expect(try traces.eraseEvents(unlessRecorded: true).count == 0, "they say which recordings to delete")
        #expect(try traces.removeRecordings() == found.map(\.path) && traces.recordings(of: trace).isEmpty)
        #expect(try traces.eraseEvents(unlessRecorded: true).count == 3)
        #expect(try history.events(of: .person("Ann")).isEmpty)
        try log.close()
    }

    /// A log that was damaged keeps the names that it had.
    @Test func damagedLogsWithTheNameAreFoundAndDeleted() throws {
        let log = try log([.sample(.identified, name: "Bob")])
        for (name, text) in [("a", #"x{"name":"Ann"}"#), ("b", #"x{"name":"Anna"}"#), ("c", "")] {
            try Data(text.utf8).write(to: folder.file("events.db.damaged-\(name)"))
        }
        // Across the border between two pieces that are searched, in a companion that is all that is left.
        let far = Data(count: (1 << 20) - 3) + Data(#""Ann""#.utf8)
        for file in ["events.db.damaged-d-wal", "events.db.damaged-c-wal"] { try far.write(to: folder.file(file)) }
        let history = try EventHistory(at: path)
        let traces = try PersonTraces(
            of: [.person("Ann")], in: history, at: path, recordings: folder.path("recordings"))
        #expect(traces.all.isEmpty && !traces.isEmpty)
        #expect(traces.damagedLogs == ["a", "c", "d"].map { "\(path).damaged-\($0)" })
        #expect(try traces.removeDamagedLogs() == traces.damagedLogs)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter {
            $0.contains("damaged")
        }
        #expect(left == ["events.db.damaged-b"])
        try log.close()
    }

    @Test func aRecordingThatIsBeingWrittenStays() throws {
        var event = Event.sample(.identified, track: 1, name: "Ann")
        event.recording = RecordingPosition(file: "a.mp4", offsetMs: 0)
        let log = try log([event])
        let file = folder.file("recordings/\(event.camera ?? "")/a.mp4")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
        let traces = try PersonTraces(
            of: [.person("Ann")], in: EventHistory(at: path), at: path, recordings: folder.path("recordings"))
        #expect(try traces.removeRecordings().isEmpty && FileManager.default.fileExists(atPath: file.path))
        try log.close()
    }

    @Test func whereThereIsNoLogThereIsNothing() throws { #expect(try EventHistory(at: path) == nil) }
}
