import Events
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import TestSupport
import VisageConfiguration
import VisageCore
import Visits
import Web
import WebUsers

/// A server without a daemon, with its files in a scratch folder.
struct WebFixture {
    let scratch: ScratchFolder
    var settings = WebSettings()
    let visits: VisitStore

    init(users: [(name: String, password: String, role: Role)] = []) throws {
        scratch = try ScratchFolder()
        settings.visits = scratch.file("visits.db").path
        settings.eventSocket = scratch.file("none.sock").path
        settings.recordings = scratch.file("recordings").path
        settings.frames = scratch.file("frames").path
        settings.passwords = scratch.file("passwords").path
        visits = try VisitStore(at: settings.visits)
        if !users.isEmpty { try write(users) }
    }

    func write(_ users: [(name: String, password: String, role: Role)]) throws {
        let file = PasswordFile(
            users: try users.map { .init(name: $0.name, role: $0.role, hash: try PasswordHash(hashing: $0.password)) })
        try file.write(to: settings.passwords)
    }

    func server() throws -> WebServer {
        let logger = Logger(label: "test")
        var configuration = Configuration()
        configuration.state = scratch.file("state").path
        configuration.gallery = scratch.file("gallery").path
        // A test that needs the command puts one there that plays its part.
        let people = PeopleAdministration(
            configuration, path: "visaged.yaml", program: scratch.file("visage").path, logger: logger)
        return try WebServer(settings, people: people, logger: logger)
    }

    /// Runs requests against the routes, without a socket.
    func test(_ body: (WebClient) async throws -> Void) async throws {
        let application = try server().application()
        let responder = application.responder
        let channel = NIOAsyncTestingChannel()
        let client = WebClient { request in
            let source = ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test"))
            return try await responder.respond(to: request, context: WebContext(source: source))
        }
        try await body(client)
        // Until it is closed, it and its pipeline hold each other.
        _ = try await channel.finish()
    }
}

/// Asks the routes, as a browser would.
struct WebClient {
    let respond: (Request) async throws -> Response

    func execute(
        uri: String, method: HTTPRequest.Method, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()
    ) async throws -> Answer {
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: uri, headerFields: headers)
        let response = try await respond(Request(head: head, body: RequestBody(buffer: body)))
        let collector = BodyCollector()
        try await response.body.write(collector)
        return Answer(status: response.status, headers: response.headers, body: collector.buffer.withLock { $0 })
    }

    func get(_ uri: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await execute(uri: uri, method: .get, headers: headers)
    }

    func post(_ uri: String, form: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: form))
    }

    /// - Returns: headers with the cookie of the session.
    func logIn(_ user: String, _ password: String) async throws -> HTTPFields {
        let response = try await post("/login", form: "user=\(user)&password=\(password)")
        let cookie = response.headers[.setCookie]?.split(separator: ";").first.map(String.init) ?? ""
        return [.cookie: cookie]
    }
}

struct Answer {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer

    var text: String { String(buffer: body) }

    /// The token that a page has for changes.
    var token: String {
        text.firstMatch(of: /name="csrf-token" content="([^"]*)"/).map { String($0.1) } ?? ""
    }
}

private final class BodyCollector: ResponseBodyWriter, Sendable {
    let buffer = Mutex(ByteBuffer())

    func write(_ part: ByteBuffer) async throws { buffer.withLock { _ = $0.writeImmutableBuffer(part) } }
    func finish(_ trailers: HTTPFields?) async throws {}
}

/// A visit's events.
enum SampleVisit {
    static func events(
        seq: Int64, track: Int, camera: String = "door", name: String? = "Ada", unknownID: String? = nil,
        start: Date = Date(timeIntervalSince1970: 1_772_357_413), isLost: Bool = true
    ) throws -> [Event] {
        func line(_ offset: Int64, _ type: String, _ more: String) throws -> Event {
            let time = Event.format(start.addingTimeInterval(Double(offset)))
            let text = """
                {"schema":1,"run":"run-1","type":"\(type)","time":"\(time)","seq":\(seq + offset),"camera":"\(camera)",\
                "frame":{"number":\(10 + offset),"pts_ms":\(1000 * offset),"width":1280,"height":720},"track":\(track),\
                "box":[1,2,30,40],"score":0.9,"recording":{"file":"20260301T093000Z.mp4","offset_ms":\(1000 * offset)}\(more)}
                """
            return try JSONDecoder().decode(Event.self, from: Data(text.utf8))
        }
        let who = name.map { "\"name\":\"\($0)\"" } ?? "\"unknown_id\":\"\(unknownID ?? "unknown-1")\""
        let finding = ",\(who),\"probability\":0.9,\"similarity\":0.8,\"margin\":0.4,\"samples\":3"
        let best = ",\"duration_ms\":1900,\"best\":{\"frame\":11,\"pts_ms\":1000,\"box\":[1,2,30,40],\"quality\":0.7}"
        var events = [
            try line(0, "face.appeared", ""),
            try line(1, name == nil ? "face.unknown" : "face.identified", finding),
        ]
        if isLost { events.append(try line(2, "face.lost", finding + best)) }
        return events
    }
}
