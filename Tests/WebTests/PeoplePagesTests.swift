import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Visits
import Web
import WebUsers

/// With a program in place of `visage`.
@Suite struct PeoplePagesTests {
    private let fixture: WebFixture
    private static let tokenHeader = HTTPField.Name("X-CSRF-Token") ?? .cookie
    private static var jpeg: Data { Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(repeating: 7, count: 50) }

    init() throws {
        fixture = try WebFixture(users: [("eva", "editorspassword", .editor), ("vic", "viewerspassword", .viewer)])
        let (faces, unknown) = (fixture.scratch.file("faces"), fixture.scratch.file("state/unknown/unknown-1"))
        for folder in [faces.appending(path: "Ada <b>"), faces.appending(path: "Ada <b>/not"), unknown] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for file in [
            faces.appending(path: "Ada <b>/1.jpg"), faces.appending(path: "Ada <b>/not/2.jpg"),
            faces.appending(path: "Ada <b>/hidden.jpg"), unknown.appending(path: "view-1.jpg"),
        ] { try Self.jpeg.write(to: file) }
        let people = """
            {"gallery":"g","faces":"\(faces.path)","matching":"svm","threshold":0.4,"track_threshold":0.42,"false_names":0.01,\
            "left_out":{"photos":9,"count":0,"people":3,"rate":0,"low":0,"high":0.33},"advice":[],"people":[{"name":"Ada <b>",\
            "enrolled":true,"photos":[{"file":"1.jpg","used":true,"quality":0.9}],"others":["2.jpg"],"advice":["one photo: add \
            more"],"nearest":{"name":"Bob","similarity":0.3,"alike":false}}]}
            """
        let list = """
            {"people":[{"id":"unknown-1","also":[],"first_seen":"2026-01-01T00:00:00.000Z","last_seen":\
            "2026-01-02T00:00:00.000Z","visits":3,"cameras":["door"],"views":["\(unknown.path)/view-1.jpg"]}]}
            """
        let script = """
            #!/bin/sh
            case "$*" in
              "people list"*) echo '\(people)' ;;
              "label --list"*) echo '\(list)' ;;
              "label --suggest"*) echo '{"threshold":0.5,"groups":[{"ids":["unknown-1"],"name":"Ada <b>","name_similarity":0.6}]}' ;;
              *) for word in "$@"; do echo "$word" >> '\(fixture.scratch.file("words").path)'; done
                 echo '{"line":"said"}' ;;
            esac
            """
        let program = fixture.scratch.file("visage")
        try Data(script.utf8).write(to: program)
        #expect(chmod(program.path, 0o755) == 0)
    }

    @Test("The pages show who there is, and nothing that comes from outside is markup")
    func pages() async throws {
        try await fixture.test { client in
            let session = try await client.logIn("vic", "viewerspassword")
            for path in ["/people", "/people/Ada%20%3Cb%3E", "/unknown", "/quality"] {
                let page = try await client.get(path, session)
                #expect(page.status == .ok, "\(path): \(page.text)")
                #expect(page.text.contains("Ada &lt;b&gt;") || path == "/unknown")
                #expect(!page.text.contains("Ada <b>") && !page.text.contains("style="), "\(path)")
                // A viewer is not shown what only an editor may do.
                #expect(!page.text.contains("data-label") && !page.text.contains("data-person"), "\(path)")
            }
            let editor = try await client.logIn("eva", "editorspassword")
            #expect(try await client.get("/unknown", editor).text.contains("data-label=\"unknown-1\""))
            #expect(try await client.get("/people/Ada%20%3Cb%3E", editor).text.contains("data-action=\"forget\""))
            #expect(try await client.get("/people/Nobody", editor).status == .notFound)
        }
    }

    @Test("A photo is served with a session only, and no other file is")
    func photos() async throws {
        try await fixture.test { client in
            let photos = [
                "/people/Ada%20%3Cb%3E/photos/1.jpg", "/people/Ada%20%3Cb%3E/not/2.jpg",
                "/unknown/unknown-1/view-1.jpg",
            ]
            for path in photos { #expect(try await client.get(path).status == .unauthorized) }
            let session = try await client.logIn("vic", "viewerspassword")
            for path in photos {
                let photo = try await client.get(path, session)
                #expect(photo.status == .ok && photo.headers[.contentType] == "image/jpeg", "\(path)")
                #expect(photo.headers[.cacheControl]?.contains("private") == true)
            }
            for path in [
                "/people/Ada%20%3Cb%3E/photos/hidden.jpg", "/people/Ada%20%3Cb%3E/photos/not%2F2.jpg",
                "/people/Ada%20%3Cb%3E/photos/..%2F..%2Fvisage", "/people/..%2Fgallery/photos/1.jpg",
                "/people/%2e%2e/photos/1.jpg", "/unknown/unknown-1/person.json", "/unknown/..%2Funknown-1/view-1.jpg",
                "/people/Ada%20%3Cb%3E/photos/1.jpg%00",
            ] {
                let answer = try await client.get(path, session)
                #expect([.notFound, .badRequest].contains(answer.status), "\(path): \(answer.status)")
            }
        }
    }

    @Test("Only an editor with the page's token changes anything")
    func changes() async throws {
        try await fixture.test { client in
            let label = #"{"ids":["unknown-1"],"name":"--Ada"}"#
            func send(_ path: String, _ body: String, _ headers: HTTPFields) async throws -> Answer {
                try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
            }
            let viewer = try await client.logIn("vic", "viewerspassword")
            var editor = try await client.logIn("eva", "editorspassword")
            #expect(try await send("/api/v1/unknown/label", label, [:]).status == .unauthorized)
            #expect(try await send("/api/v1/unknown/label", label, editor).status == .forbidden, "without the token")
            var token = viewer
            token[Self.tokenHeader] = try await client.get("/people", viewer).token
            #expect(try await send("/api/v1/unknown/label", label, token).status == .forbidden, "a viewer")
            editor[Self.tokenHeader] = try await client.get("/people", editor).token
            for (path, body) in [
                ("/api/v1/unknown/label", #"{"ids":["--yes"],"name":"Ada"}"#),
                ("/api/v1/unknown/label", #"{"ids":[],"name":"Ada"}"#),
                ("/api/v1/unknown/label", "no JSON"), ("/api/v1/people/Ada/rename", #"{"name":"../Ada"}"#),
                ("/api/v1/people/Ada/rename", #"{"name":"unknown-7"}"#),
                ("/api/v1/people/..%2Fx/rename", #"{"name":"Ada"}"#),
                ("/api/v1/people/Ada/remove", #"{"photos":[]}"#), ("/api/v1/uploads", "<svg onload=x>"),
            ] {
                #expect(try await send(path, body, editor).status == .badRequest, "\(path) \(body)")
            }
            #expect(try await send("/api/v1/visits/99/correct", "{}", editor).status == .notFound)
            #expect(!FileManager.default.fileExists(atPath: fixture.scratch.file("words").path), "nothing was run")
            #expect(try await send("/api/v1/unknown/label", label, editor).status == .accepted)
            var state = ""
            while !state.contains("\"done\",") && !state.contains("failed") {
                state = try await client.get("/api/v1/training", editor).text
            }
            #expect(state.contains("\"lines\":[\"said\"]") && state.contains("name unknown-1 --Ada"))
            let words = try String(contentsOf: fixture.scratch.file("words"), encoding: .utf8).split(separator: "\n")
            #expect(words == ["label", "--json", "--config", "visaged.yaml", "--", "unknown-1", "--Ada"])
        }
    }
}
