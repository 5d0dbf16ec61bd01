import Foundation
import HTTPTypes
import Hummingbird
import TestSupport
import Testing
import VisageCore
import Visits
import Web
import WebUsers

/// Pictures of visits: who may see them, and when they go. A program plays the part of `visage`.
@Suite struct VisitPicturesTests {
    private let fixture: WebFixture
    private static var jpeg: Data { Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(repeating: 7, count: 50) }
    private static let recording = "20260301T093000Z"

    init() throws {
        fixture = try WebFixture(users: [("vic", "viewerspassword", .viewer)])
        let recordings = URL(filePath: fixture.settings.recordings)
        let (view, source) = (fixture.scratch.file("view-1.jpg"), fixture.scratch.file("cut.jpg"))
        try FileManager.default.createDirectory(
            at: recordings.appending(path: "door"), withIntermediateDirectories: true)
        try Data("video".utf8).write(to: recordings.appending(path: "door/\(Self.recording).mp4"))
        for file in [view, source] { try Self.jpeg.write(to: file) }
        let list = """
            {"people":[{"id":"unknown-1","also":["unknown-7"],"first_seen":"2026-01-01T00:00:00.000Z","last_seen":\
            "2026-01-02T00:00:00.000Z","visits":3,"cameras":["door"],"views":["\(view.path)"]}]}
            """
        let script = """
            #!/bin/sh
            case "$*" in
              "label --list"*) echo '\(list)' ;;
              "still "*)
                echo "$*" >> '\(fixture.scratch.file("stills").path)'
                for word in "$@"; do case "$word" in --output=*) cp '\(source.path)' "${word#--output=}" ;; esac; done ;;
            esac
            """
        let program = fixture.scratch.file("visage")
        try Data(script.utf8).write(to: program)
        #expect(chmod(program.path, 0o755) == 0)
    }

    private func add(_ track: Int, name: String?, unknownID: String? = nil, isLost: Bool = true) throws -> Visit {
        var place = try fixture.visits.place()
        let events = try SampleVisit.events(
            seq: Int64(track * 10), track: track, name: name, unknownID: unknownID, isLost: isLost)
        place.seq = events.compactMap(\.seq).max() ?? 0
        #expect(try fixture.visits.apply(events, upTo: place))
        return try #require(try fixture.visits.visits(limit: 1).first)
    }

    private func path(_ visit: Visit) -> String { "/api/v1/visits/\(visit.id)/picture.jpg" }

    private var stills: [Substring] {
        ((try? String(contentsOf: fixture.scratch.file("stills"), encoding: .utf8)) ?? "").split(separator: "\n")
    }

    @Test("A picture is cut once, from where the best view is, and served within a session only")
    func served() async throws {
        let visit = try add(1, name: "Ada")
        try await fixture.test { client in
            #expect(try await client.get(path(visit)).status == .unauthorized)
            let session = try await client.logIn("vic", "viewerspassword")
            #expect(try await client.get("/timeline", session).text.contains("src=\"\(path(visit))\""))
            let first = try await client.get(path(visit), session)
            #expect(first.status == .ok && Data(buffer: first.body) == Self.jpeg)
            #expect(first.headers[.contentType] == "image/jpeg" && first.headers[.cacheControl] == "private, no-cache")
            let tag = try #require(first.headers[.eTag])
            var again = session
            again[.ifNoneMatch] = tag
            let second = try await client.get(path(visit), again)
            #expect(second.status == .notModified && second.body.readableBytes == 0)
            #expect(stills.count == 1, "\(stills)")
            #expect(stills.first?.contains("--at=1000 --box=1.0,2.0,30.0,40.0") == true, "\(stills)")
            let file = try #require(fixture.visits.pictures.file(of: visit))
            #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int == Self.jpeg.count)
            #expect(try await client.get("/api/v1/visits/999/picture.jpg", session).status == .notFound)
        }
    }

    @Test("A visit in sight, and one whose recording is gone, have none; an unknown person's kept view stands in")
    func none() async throws {
        let here = try add(1, name: "Ada", isLost: false)
        let gone = try add(2, name: "Ada")
        let unknown = try add(3, name: nil, unknownID: "unknown-7")
        try FileManager.default.removeItem(atPath: fixture.settings.recordings)
        try await fixture.test { client in
            let session = try await client.logIn("vic", "viewerspassword")
            for visit in [here, gone] { #expect(try await client.get(path(visit), session).status == .noContent) }
            let view = try await client.get(path(unknown), session)
            #expect(view.status == .ok && Data(buffer: view.body) == Self.jpeg)
            #expect(stills.isEmpty)
        }
    }

    @Test("It goes with the visit, with the person who is forgotten, and with the recording")
    func removal() async throws {
        let (pictures, store) = (fixture.visits.pictures, fixture.visits)
        func make(_ visit: Visit) throws -> URL {
            let file = try #require(pictures.file(of: visit))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Self.jpeg.write(to: file)
            return file
        }
        func isThere(_ file: URL) -> Bool { access(file.path, F_OK) == 0 }

        let file = try make(add(1, name: "Ada"))
        try store.removePictures(of: .person("Ada"))
        #expect(!isThere(file))

        _ = try make(try #require(try store.visits(limit: 1).first))
        try store.forget(.person("Ada"))
        #expect(!isThere(file))
        let forgotten = try #require(try store.visits(limit: 1).first)
        #expect(pictures.file(of: forgotten) == nil)

        let second = try make(add(2, name: "Bob"))
        pictures.sweep(recordings: fixture.settings.recordings)
        #expect(isThere(second))
        pictures.sweep(recordings: fixture.settings.recordings, limit: 10)
        #expect(!isThere(second))

        _ = try make(try #require(try store.visits(limit: 1).first))
        try store.trim(oldest: 1000)
        #expect(!isThere(second))
        #expect(try store.count() == 0)

        let third = try make(add(3, name: "Cy"))
        try FileManager.default.removeItem(atPath: fixture.settings.recordings)
        pictures.sweep(recordings: fixture.settings.recordings)
        #expect(!isThere(third))
    }
}
