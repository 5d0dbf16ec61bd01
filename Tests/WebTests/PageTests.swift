import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Visits
import Web

@Suite struct PageTests {
    @Test("Every route of the API is in its document, and the reverse")
    func document() throws {
        struct Document: Decodable { let paths: [String: [String: Ignored]] }
        struct Ignored: Decodable { init(from decoder: any Decoder) {} }
        let document = try JSONDecoder().decode(Document.self, from: Data(DocumentAPI.json))
        let described = Set(document.paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
        let served = try WebFixture().server().routes.filter { route in
            ["/api/", "/metrics", "/live/"].contains { route.path.hasPrefix($0) }
        }
        #expect(Set(served.map { "\($0.method.rawValue.lowercased()) \($0.path)" }) == described)
    }

    @Test("What comes from outside is escaped")
    func escaping() async throws {
        let fixture = try WebFixture()
        let place = VisitStore.Place(seq: 9, epoch: "a", generation: 0)
        let name = "<script>alert(1)<\\/script>"
        #expect(try fixture.visits.apply(SampleVisit.events(seq: 1, track: 1, name: name), upTo: place))
        try await fixture.test { client in
            for path in ["/", "/timeline", "/visits/1", "/timeline?who=%3Cscript%3E&day=%22%3E%3Cscript%3E"] {
                let page = try await client.get(path)
                #expect(page.status == .ok)
                #expect(!page.text.contains("<script>"), "\(path)")
                #expect(!page.text.contains("style=") && !page.text.contains("onclick"))
            }
            #expect(try await client.get("/timeline").text.contains("&lt;script&gt;"))
        }
    }

    @Test("The timeline goes on to its end")
    func scrolling() async throws {
        let fixture = try WebFixture()
        for index in 0..<100 {
            let place = VisitStore.Place(seq: Int64(index * 3 + 3), epoch: "a", generation: 0)
            let start = Date(timeIntervalSince1970: 1_772_000_000 + Double(index) * 3600)
            let events = try SampleVisit.events(seq: Int64(index * 3 + 1), track: index, start: start)
            #expect(try fixture.visits.apply(events, upTo: place))
        }
        try await fixture.test { client in
            var found: [String] = []
            var path: String? = "/timeline?who=person%3AAda"
            while let next = path {
                let text = try await client.get(next).text
                found += text.matches(of: /data-visit="(\d+)"/).map { String($0.1) }
                path = text.firstMatch(of: /data-more href="([^"]*)"/).map {
                    "/timeline/more" + $0.1.replacing("&amp;", with: "&")
                }
            }
            #expect(found == (1...100).reversed().map(String.init))
            #expect(try await client.get("/timeline/more?before=1").status == .badRequest)
        }
    }

    @Test("Recordings are served by range, and nothing else is")
    func recordings() async throws {
        let fixture = try WebFixture()
        let folder = fixture.scratch.file("recordings/door")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data((0..<1000).map { UInt8($0 % 251) }).write(to: folder.appending(path: "20260301T093000Z.mp4"))
        try Data("secret".utf8).write(to: fixture.scratch.file("recordings/secret.mp4"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link.mp4"), withDestinationURL: fixture.scratch.file("recordings/secret.mp4"))
        try await fixture.test { client in
            let base = "/api/v1/recordings/door/"
            let whole = try await client.get(base + "20260301T093000Z.mp4")
            #expect(whole.status == .ok && whole.body.readableBytes == 1000)
            #expect(whole.headers[.acceptRanges] == "bytes")
            let part = try await client.get(base + "20260301T093000Z.mp4", [.range: "bytes=990-"])
            #expect(part.status == .partialContent && part.body.readableBytes == 10)
            #expect(part.headers[.contentRange] == "bytes 990-999/1000")
            let behind = try await client.get(base + "20260301T093000Z.mp4", [.range: "bytes=1000-"])
            #expect(behind.status == .rangeNotSatisfiable)
            for path in [
                base + "..%2Fsecret.mp4", base + "../secret.mp4", base + "link.mp4", base + "%2e%2e%2fsecret.mp4",
                "/api/v1/recordings/../recordings/secret.mp4", "/api/v1/recordings/%2e%2e/secret.mp4",
                base + "x.mp4%00",
                base + "20260301T093000Z.ass", base + ".hidden.mp4", "/assets/../app.css", "/assets/x/..%2f..%2fetc",
            ] {
                #expect(try await client.get(path).status == .notFound, "\(path)")
            }
        }
    }

    @Test(
        "Ranges",
        arguments: [
            ("bytes=0-0", ByteRange.Request.part(0...0)), ("bytes=5-", .part(5...9)), ("bytes=-3", .part(7...9)),
            ("bytes=-30", .part(0...9)), ("bytes=2-100", .part(2...9)), ("bytes=10-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable),
            ("bytes=5-2", .whole), ("bytes=a-b", .whole), ("bytes=0-1,3-4", .whole), ("lines=1-2", .whole),
            ("bytes=", .whole),
        ])
    func ranges(_ header: String, _ expected: ByteRange.Request) {
        #expect(ByteRange.parse(header, size: 10) == expected)
    }

    @Test("Metrics name nobody")
    func metrics() async throws {
        let board = MetricsBoard(withNames: false)
        for event in try SampleVisit.events(seq: 1, track: 1) { board.add(event) }
        #expect(board.people.isEmpty && board.cameras["door"]?.verdicts["person"] == 1)
        try await WebFixture().test { client in
            let text = try await client.get("/metrics").text
            #expect(text.contains("visage_up 0\n"))
        }
    }
}
