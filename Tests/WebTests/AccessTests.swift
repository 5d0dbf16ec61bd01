import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing
import VisageCore
import Web
import WebUsers

@Suite struct AccessTests {
    private static let users: [(name: String, password: String, role: Role)] = [
        ("eve", "correct horse", .editor), ("vic", "battery staple", .viewer),
    ]

    @Test("Without a session nothing is served but the log-in and what it needs")
    func nothingWithoutSession() async throws {
        let fixture = try WebFixture(users: Self.users)
        let routes = try fixture.server().routes
        try await fixture.test { client in
            for route in routes where route.access != .everybody {
                for cookie in [nil, "visage_session=" + String(repeating: "a", count: 64)] {
                    let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                    let headers: HTTPFields = cookie.map { [.cookie: $0] } ?? [:]
                    let response = try await client.execute(uri: path, method: route.method, headers: headers)
                    let expected: HTTPResponse.Status = route.kind == .page ? .seeOther : .unauthorized
                    #expect(response.status == expected, "\(route.method) \(route.path)")
                    #expect(response.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
                }
            }
            #expect(
                routes.filter { $0.access == .everybody }.map(\.path).sorted() == [
                    "/api/v1/health", "/assets/{version}/{file}", "/favicon.ico", "/login", "/login",
                ])
        }
    }

    @Test("Logging in and out")
    func logIn() async throws {
        try await WebFixture(users: Self.users).test { client in
            #expect(try await client.post("/login", form: "user=eve&password=wrong").status == .unauthorized)
            #expect(try await client.post("/login", form: "user=nobody&password=wrong").status == .unauthorized)
            let response = try await client.post("/login", form: "user=eve&password=correct+horse&next=%2Ftimeline")
            #expect(response.status == .seeOther && response.headers[.location] == "/timeline")
            let cookie = response.headers[.setCookie] ?? ""
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
            let session = try await client.logIn("eve", "correct+horse")
            let page = try await client.get("/timeline", session)
            #expect(page.status == .ok && page.text.contains("eve"))
            #expect(try await client.post("/logout", form: "", session).status == .forbidden)
            #expect(try await client.post("/logout", form: "csrf=\(page.token)", session).status == .seeOther)
            #expect(try await client.get("/timeline", session).status == .seeOther)
        }
    }

    @Test(
        "The log-in leads to no other site",
        arguments: [
            "//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a b", "", "/ok\r\nX: y",
        ])
    func target(_ next: String) { #expect(LoginPage.target(next) == "/") }

    @Test("Passwords in the Authorization header are for programs; changes need no token then")
    func basic() async throws {
        try await WebFixture(users: Self.users).test { client in
            func header(_ text: String) -> HTTPFields {
                [.authorization: "Basic " + Data(text.utf8).base64EncodedString()]
            }
            #expect(try await client.get("/api/v1/cameras", header("vic:battery staple")).status == .ok)
            #expect(try await client.get("/api/v1/cameras", header("vic:battery staple")).status == .ok)
            #expect(try await client.get("/api/v1/cameras", header("vic:wrong")).status == .unauthorized)
            #expect(try await client.get("/api/v1/cameras", [.authorization: "Bearer x"]).status == .unauthorized)
            #expect(try await client.get("/metrics", header("vic:battery staple")).status == .ok)
        }
    }

    @Test("A page of another site changes nothing, and learns nothing where there is no password")
    func otherSites() async throws {
        try await WebFixture().test { client in
            let evil: HTTPFields = [.origin: "http://evil.example"]
            #expect(try await client.post("/logout", form: "", evil).status == .forbidden)
            let fetched: HTTPFields = [try #require(HTTPField.Name("Sec-Fetch-Site")): "cross-site"]
            #expect(try await client.post("/logout", form: "", fetched).status == .forbidden)
        }
        let guardian = OriginGuard(WebSettings())
        func check(_ host: String, hasPasswords: Bool) throws {
            let head = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
            try guardian.check(Request(head: head, body: RequestBody(buffer: ByteBuffer())), hasPasswords: hasPasswords)
        }
        for host in ["127.0.0.1:8640", "localhost", "[::1]:8640"] { try check(host, hasPasswords: false) }
        #expect(throws: WebFailure.self) { try check("rebound.example:8640", hasPasswords: false) }
        try check("cameras.example", hasPasswords: true)
    }

    @Test("Guessing is slowed down, by address and for all together")
    func limits() async throws {
        let limiter = LoginLimiter()
        for _ in 0..<5 { _ = try await limiter.attempt(from: "10.0.0.1") { Optional<Int>.none } }
        await #expect(throws: WebFailure.self) { _ = try await limiter.attempt(from: "10.0.0.1") { 1 } }
        #expect(try await limiter.attempt(from: "10.0.0.2") { 1 } == 1)
        for index in 0..<55 { _ = try await limiter.attempt(from: "10.1.0.\(index)") { Optional<Int>.none } }
        await #expect(throws: WebFailure.self) { _ = try await limiter.attempt(from: "10.2.0.1") { 1 } }
    }

    @Test("Who loses the password loses the session")
    func revoked() async throws {
        let fixture = try WebFixture(users: Self.users)
        let authentication = try Authentication(fixture.settings, logger: .init(label: "test"))
        try fixture.write([("vic", "battery staple", .viewer)])
        authentication.refresh()
        #expect(authentication.hasPasswords)
        try FileManager.default.removeItem(atPath: fixture.settings.passwords)
        authentication.refresh()
        #expect(authentication.hasPasswords, "a removed file opens nothing")
    }

    @Test("Another address is refused without a password")
    func openAddress() throws {
        var fixture = try WebFixture()
        fixture.settings.address = "0.0.0.0"
        let error = #expect(throws: VisageError.self) { _ = try fixture.server() }
        #expect(error?.exitCode == 78 && error?.message.contains("visage web-password") == true)
        try fixture.write(Self.users)
        _ = try fixture.server()
    }

    @Test("Password hashes")
    func hashes() throws {
        let hash = try PasswordHash(hashing: "pässword")
        let read = try #require(PasswordHash(text: hash.description))
        #expect(read.matches("pässword") && read.matches("pa\u{308}ssword") && !read.matches("password"))
        for text in ["", "scrypt$1$2$3$4$5", "scrypt$1073741824$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"] {
            #expect(PasswordHash(text: text) == nil)
        }
    }
}
